import { useStore } from 'zustand';
import { useDocument, useStudio, useUi } from '../context';
import { isDirty } from '../store';

/** Says whether what was typed is kept. */
export function DraftState() {
  const { keeper } = useStudio();
  const { state, savedMillis, problem } = useStore(keeper.store);
  const dirty = useDocument(isDirty);
  const file = useUi(({ watched }) => watched?.name);
  const isDeployed = useDocument(({ base }) => base !== null);
  const time = new Date(savedMillis).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' });
  const texts: Record<typeof state, string> = {
    none: dirty || !isDeployed ? '' : 'Saved',
    waiting: 'Keeping draft…',
    saving: 'Keeping draft…',
    saved: dirty ? `Draft kept at ${time}` : 'Saved',
    browser: 'Draft kept in this browser',
    conflict: 'Draft changed elsewhere',
    lost: 'Draft not kept',
  };
  // On a narrow window only what is not as usual is said.
  const isQuiet = state !== 'browser' && state !== 'conflict' && state !== 'lost';
  return (
    <span
      className={`studio-draft ${isQuiet ? 'is-quiet' : ''}`}
      role="status"
      data-testid="draft-state"
      title={problem || undefined}
    >
      {[file, texts[state]].filter(Boolean).join(' · ')}
    </span>
  );
}
