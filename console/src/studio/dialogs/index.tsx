import { Suspense } from 'react';
import { loadYaml } from '../../asl/yaml';
import { lazily } from '../../shared/lazily';
import { useUi } from '../context';
import type { Dialog } from '../ui';

export interface DialogProps {
  onClose(): void;
}

/** A dialog in which definitions in YAML come or go. */
const withYaml = (load: () => Promise<{ default: React.ComponentType<DialogProps> }>) =>
  lazily(async () => {
    await loadYaml();
    return load();
  });

const dialogs: Record<Dialog, React.LazyExoticComponent<React.ComponentType<DialogProps>>> = {
  new: withYaml(() => import('./new')),
  import: withYaml(() => import('./import')),
  export: withYaml(() => import('./export')),
  drafts: lazily(() => import('./drafts')),
  help: lazily(() => import('./help')),
  discard: lazily(() => import('./discard')),
  save: lazily(() => import('../save/save-dialog')),
  execute: lazily(() => import('../save/execute-dialog')),
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
