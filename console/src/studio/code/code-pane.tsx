import { useStore } from 'zustand';
import type { StudioStore } from '../store';
import { JsonEditor } from './json-editor';

/** Code mode: the document's text. */
export function CodePane({ store }: { store: StudioStore }) {
  const text = useStore(store, (state) => state.text);
  const language = useStore(store, (state) => state.language);
  const change = useStore(store, (state) => state.change);
  return (
    <JsonEditor
      label="Definition"
      value={text}
      height="100%"
      language={language}
      onChange={(value) => change({ edits: [{ from: 0, to: text.length, insert: value }] }, 'code', 'code')}
    />
  );
}
