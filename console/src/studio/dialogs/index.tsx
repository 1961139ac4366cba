import { lazy, Suspense } from 'react';
import { useUi } from '../context';
import type { Dialog } from '../ui';

export interface DialogProps {
  onClose(): void;
}

const dialogs: Record<Dialog, React.LazyExoticComponent<React.ComponentType<DialogProps>>> = {
  new: lazy(() => import('./new')),
  import: lazy(() => import('./import')),
  export: lazy(() => import('./export')),
  drafts: lazy(() => import('./drafts')),
  help: lazy(() => import('./help')),
  discard: lazy(() => import('./discard')),
  save: lazy(() => import('../save/save-dialog')),
  execute: lazy(() => import('../save/execute-dialog')),
};

/** The dialog that is open, if one is. */
export function Dialogs() {
  const dialog = useUi((state) => state.dialog);
  const show = useUi((state) => state.show);
  if (!dialog) return null;
  const Open = dialogs[dialog];
  return (
    <Suspense>
      <Open onClose={() => show({ dialog: null })} />
    </Suspense>
  );
}
