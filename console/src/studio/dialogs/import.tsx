import Alert from '@cloudscape-design/components/alert';
import Button from '@cloudscape-design/components/button';
import FileUpload from '@cloudscape-design/components/file-upload';
import FormField from '@cloudscape-design/components/form-field';
import Modal from '@cloudscape-design/components/modal';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import { explain } from '../../api/errors';
import { flash } from '../../app/flashes';
import { JsonEditor } from '../code';
import { useStudio } from '../context';
import { languageOf, replaceText, unreadable } from '../transfer/read';
import { canWatch, watchFile } from '../transfer/watch';
import type { DialogProps } from '.';

/** A definition from a file or from the clipboard takes the place of the one that is open; saving is another step. */
export default function Import({ onClose }: DialogProps) {
  const studio = useStudio();
  const [files, setFiles] = useState<File[]>([]);
  const [text, setText] = useState('');
  const language = languageOf(files[0]?.name ?? '', text);
  const problem = text.trim() ? unreadable(text, language) : null;
  const read = async (chosen: File[]) => {
    setFiles(chosen);
    if (chosen[0]) setText(await chosen[0].text());
  };
  const watch = async () => {
    try {
      const watched = await watchFile(studio);
      if (!watched) return;
      studio.watched.current?.stop();
      studio.watched.current = watched;
      flash({ type: 'success', content: `${watched.name} is open: it and the Studio follow each other.` });
      onClose();
    } catch (error) {
      flash({ type: 'error', header: 'The file cannot be opened', content: explain(error).message });
    }
  };
  const take = () => {
    replaceText(studio.store, text, language);
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
        <FormField label="File" description="JSON or YAML.">
          <FileUpload
            value={files}
            accept=".json,.yaml,.yml"
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
          <JsonEditor label="Definition to import" value={text} onChange={setText} height={260} language={language} />
        </FormField>
        {problem && (
          <Alert type="warning" header="It cannot be read as a definition">
            {problem} It can be imported all the same and repaired in Code mode.
          </Alert>
        )}
      </SpaceBetween>
    </Modal>
  );
}
