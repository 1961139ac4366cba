import { Suspense } from 'react';
import { lazily } from '../../shared/lazily';
import type { StudioStore } from '../store';

const Editor = lazily(() => import('./definition-editor'));

/** Code mode: the document's text. */
export function CodePane({ store }: { store: StudioStore }) {
  return (
    <Suspense fallback={<p className="studio-empty">Loading the editor…</p>}>
      <Editor store={store} />
    </Suspense>
  );
}
