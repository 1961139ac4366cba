import Button from '@cloudscape-design/components/button';
import FormField from '@cloudscape-design/components/form-field';
import SegmentedControl from '@cloudscape-design/components/segmented-control';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import { flash } from '../../app/flashes';
import { download } from '../../shared/browser';
import Modal from '../../shared/Modal';
import { JsonEditor } from '../code';
import { useDocument } from '../context';
import { exported, type Format } from '../transfer/formats';
import type { DialogProps } from '.';

const formats: { id: Format; text: string }[] = [
  { id: 'json', text: 'JSON' },
  { id: 'yaml', text: 'YAML' },
  { id: 'sam', text: 'SAM template' },
  { id: 'terraform', text: 'Terraform' },
];

export default function Export({ onClose }: DialogProps) {
  const state = useDocument((state) => state);
  const [format, setFormat] = useState<Format>(state.language);
  const file = exported(state, format);
  const copy = () =>
    navigator.clipboard.writeText(file.text).then(
      () => flash({ type: 'success', content: `${file.name} was copied.` }),
      () => flash({ type: 'error', content: 'The browser does not let this page copy. Select the text instead.' }),
    );
  return (
    <Modal
      visible
      size="large"
      header="Export"
      onDismiss={onClose}
      footer={
        <div className="studio-buttons">
          <Button onClick={copy}>Copy</Button>
          <Button variant="primary" iconName="download" onClick={() => download(file.name, file.text, 'text/plain')}>
            Download {file.name}
          </Button>
        </div>
      }
    >
      <SpaceBetween size="m">
        <SegmentedControl
          label="Format"
          selectedId={format}
          options={formats}
          onChange={({ detail }) => setFormat(detail.selectedId as Format)}
        />
        {state.isStale && <p>The definition cannot be read: only its own text is complete.</p>}
        <FormField label={file.name} stretch>
          <JsonEditor
            label={`Text of ${file.name}`}
            value={file.text}
            readOnly
            height={380}
            language={format === 'json' ? 'json' : format === 'terraform' ? 'text' : 'yaml'}
          />
        </FormField>
      </SpaceBetween>
    </Modal>
  );
}
