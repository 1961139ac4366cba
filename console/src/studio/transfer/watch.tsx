/** A file of this computer that follows the document, and that the document follows. */
import Button from '@cloudscape-design/components/button';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { explain } from '../../api/errors';
import { dismiss, flash } from '../../app/flashes';
import type { Studio } from '../context';
import { languageOf, replaceText } from './read';

/** As far as TypeScript's DOM does not know it yet. */
interface FileHandle {
  name: string;
  getFile(): Promise<File>;
  createWritable(): Promise<{ write(text: string): Promise<void>; close(): Promise<void> }>;
}
type OpenPicker = (options: object) => Promise<FileHandle[]>;

const picker = (): OpenPicker | undefined => (window as { showOpenFilePicker?: OpenPicker }).showOpenFilePicker;
export const canWatch = () => picker() !== undefined;

const lookMillis = 1_000;
const id = 'studio-file';

export interface Watched {
  name: string;
  /** Writes the document into the file, unless somebody else did: then it asks. */
  write(): Promise<void>;
  stop(): void;
}

/** null: nobody chose a file. */
export async function watchFile(studio: Studio): Promise<Watched | null> {
  const types = [
    { description: 'Definitions', accept: { 'application/json': ['.json'], 'text/yaml': ['.yaml', '.yml'] } },
  ];
  const [handle] = (await picker()?.({ types }).catch(() => [])) ?? [];
  return handle ? watch(studio, handle) : null;
}

async function watch({ store }: Studio, handle: FileHandle): Promise<Watched> {
  const first = await handle.getFile();
  let seen = first.lastModified;
  let common = await first.text();
  const language = languageOf(handle.name, common);
  replaceText(store, common, language);

  const take = (text: string) => {
    common = text;
    replaceText(store, text, language);
    dismiss(id);
  };
  const replace = async () => {
    const { text } = store.getState();
    try {
      const file = await handle.createWritable();
      await file.write(text);
      await file.close();
      common = text;
      seen = (await handle.getFile()).lastModified;
      flash({ id, type: 'success', content: `${handle.name} is written.` });
    } catch (error) {
      flash({ id, type: 'error', header: `${handle.name} cannot be written`, content: explain(error).message });
    }
  };
  const ask = (text: string) =>
    flash({
      id,
      type: 'warning',
      header: `${handle.name} was changed here and on disk`,
      content: 'Nothing was overwritten. Which one is to stay?',
      action: (
        <SpaceBetween size="xs" direction="horizontal">
          <Button onClick={() => take(text)}>Take the file</Button>
          <Button onClick={() => void replace()}>Keep mine</Button>
        </SpaceBetween>
      ),
    });
  const look = async () => {
    const file = await handle.getFile().catch(() => null);
    if (!file || file.lastModified === seen) return;
    const text = await file.text().catch(() => null);
    // It is just being written: the next look finds it whole.
    if (text === null) return;
    seen = file.lastModified;
    const mine = store.getState().text;
    if (text === mine) common = text;
    else if (mine === common) take(text);
    else ask(text);
  };
  const write = async () => {
    const onDisk = await handle.getFile().then(
      (file) => file.text(),
      () => common,
    );
    if (onDisk === common || onDisk === store.getState().text) await replace();
    else ask(onDisk);
  };
  const timer = setInterval(look, lookMillis);
  return { name: handle.name, write, stop: () => clearInterval(timer) };
}
