import Alert from '@cloudscape-design/components/alert';
import Button from '@cloudscape-design/components/button';
import FileUpload from '@cloudscape-design/components/file-upload';
import FormField from '@cloudscape-design/components/form-field';
import RadioGroup from '@cloudscape-design/components/radio-group';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useMemo, useState } from 'react';
import { explain } from '../../api/errors';
import { flash } from '../../app/flashes';
import { readable } from '../../asl/format';
import Modal from '../../shared/Modal';
import { JsonEditor } from '../code';
import { useStudio } from '../context';
import { definitionsIn, isTerraform } from '../transfer/extract';
import { languageOf, replaceText, unreadable } from '../transfer/read';
import { canWatch, watchFile } from '../transfer/watch';
import type { DialogProps } from '.';

/** A definition from a file or from the clipboard takes the place of the one that is open; saving is another step. */
export default function Import({ onClose }: DialogProps) {
  const studio = useStudio();
  const [files, setFiles] = useState<File[]>([]);
  const [text, setText] = useState('');
  const [name, setName] = useState('');
  const language = languageOf(files[0]?.name ?? '', text);
  const { problem, found } = useMemo(() => {
    const problem = text.trim() ? unreadable(text, language) : null;
    return { problem, found: problem ? definitionsIn(text) : [] };
  }, [text, language]);
  const inside = found.find((one) => one.name === name) ?? found[0];
  const read = async (chosen: File[]) => {
    setFiles(chosen);
    if (chosen[0]) setText(await chosen[0].text());
  };
  const watch = async () => {
    try {
      const watched = await watchFile(studio);
      if (!watched) return;
      studio.ui.getState().watched?.stop();
      studio.ui.getState().show({ watched });
      flash({
        type: 'success',
        content: `${watched.name} is open. What changes in it appears here, and Save writes it too.`,
      });
      onClose();
    } catch (error) {
      flash({ type: 'error', header: 'The file cannot be opened', content: explain(error).message });
    }
  };
  const take = () => {
    const { substitutions } = studio.store.getState().config;
    replaceText(studio.store, inside?.text ?? readable(text), inside ? 'json' : language);
    if (inside) studio.store.getState().setConfig({ substitutions: { ...substitutions, ...inside.substitutions } });
    onClose();
    requestAnimationFrame(() => studio.canvas.current?.fit());
  };
  return (
    <Modal
      visible
      size="large"
      header="Import definition"
      onDismiss={onClose}
      footer={
        <div className="studio-buttons">
          {canWatch() && <Button onClick={watch}>Open and watch a file</Button>}
          <Button variant="link" onClick={onClose}>
            Cancel
          </Button>
          <Button variant="primary" disabled={!text.trim()} onClick={take}>
            Import
          </Button>
        </div>
      }
    >
      <SpaceBetween size="m">
        <FormField
          label="File"
          description="A definition in JSON or YAML, a SAM or CloudFormation template, or Terraform."
        >
          <FileUpload
            value={files}
            accept=".json,.yaml,.yml,.template,.tf"
            onChange={({ detail }) => read(detail.value)}
            showFileSize
            i18nStrings={{
              uploadButtonText: () => 'Choose file',
              dropzoneText: () => 'Drop a file',
              removeFileAriaLabel: () => 'Remove file',
              limitShowFewer: 'Show fewer',
              limitShowMore: 'Show more',
              errorIconAriaLabel: 'Error',
            }}
          />
        </FormField>
        <FormField label="Definition" stretch>
          <JsonEditor
            label="Definition to import"
            value={text}
            onChange={setText}
            height={260}
            language={isTerraform(text) ? 'text' : language}
          />
        </FormField>
        {found.length > 1 && (
          <FormField label="State machine">
            <RadioGroup
              value={inside?.name ?? null}
              items={found.map(({ name }) => ({ value: name, label: name }))}
              onChange={({ detail }) => setName(detail.value)}
            />
          </FormField>
        )}
        {inside && <Alert type="info">The definition of {inside.name} in it is imported.</Alert>}
        {problem && !inside && (
          <Alert type="warning" header="It cannot be read as a definition">
            {problem} It can be imported all the same and repaired in Code mode.
          </Alert>
        )}
      </SpaceBetween>
    </Modal>
  );
}
