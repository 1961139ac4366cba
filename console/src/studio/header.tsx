import Badge from '@cloudscape-design/components/badge';
import Button from '@cloudscape-design/components/button';
import ButtonDropdown from '@cloudscape-design/components/button-dropdown';
import SegmentedControl from '@cloudscape-design/components/segmented-control';
import { type CommandId, commandOf, keysText, menu } from './commands';
import { useDocument, useStudio, useUi } from './context';
import { DraftState } from './drafts/state';
import { useProblems } from './problems';
import { isDirty, type Mode } from './store';

const modes: { id: Mode; text: string }[] = [
  { id: 'design', text: 'Design' },
  { id: 'code', text: 'Code' },
  { id: 'config', text: 'Config' },
];

export function StudioHeader() {
  const studio = useStudio();
  const name = useDocument((state) => state.config.name);
  const type = useDocument((state) => state.config.type);
  const mode = useDocument((state) => state.mode);
  const setMode = useDocument((state) => state.setMode);
  const canUndo = useDocument((state) => state.past.length > 0);
  const canRedo = useDocument((state) => state.future.length > 0);
  const dirty = useDocument(isDirty);
  const selected = useDocument((state) => state.selection.length);
  // The menu says what can be done with what is selected and open.
  useDocument((state) => state.isStale);
  useUi((state) => state.watched);
  const run = (id: string) => commandOf(id as CommandId).run(studio);
  return (
    <header className="studio-header">
      <h1 className="studio-name" title={name}>
        {name || 'Unnamed'}
      </h1>
      <Badge color="grey">{type === 'EXPRESS' ? 'Express' : 'Standard'}</Badge>
      <SegmentedControl
        label="Mode"
        selectedId={mode}
        options={modes}
        onChange={({ detail }) => setMode(detail.selectedId as Mode)}
      />
      <span className="studio-divider" />
      <Button
        variant="icon"
        iconName="undo"
        ariaLabel={`Undo (${keysText('undo')})`}
        disabled={!canUndo}
        onClick={() => run('undo')}
      />
      <Button
        variant="icon"
        iconName="redo"
        ariaLabel={`Redo (${keysText('redo')})`}
        disabled={!canRedo}
        onClick={() => run('redo')}
      />
      <span className="studio-grow" />
      <DraftState />
      <Validity />
      <ButtonDropdown items={menu(studio)} onItemClick={({ detail }) => run(detail.id)} expandableGroups={false}>
        Actions
      </ButtonDropdown>
      <Button disabled={selected !== 1} onClick={() => run('test')}>
        Test state
      </Button>
      <Button onClick={() => run('execute')}>Execute</Button>
      <Button variant="primary" disabled={!dirty} onClick={() => run('save')} ariaLabel={`Save (${keysText('save')})`}>
        Save
      </Button>
    </header>
  );
}

/** Says whether the definition is valid; opens the list of what is not. */
function Validity() {
  const problems = useProblems();
  const isOpen = useUi((state) => state.areProblemsOpen);
  const show = useUi((state) => state.show);
  const errors = problems.filter(({ severity }) => severity === 'error').length;
  const warnings = problems.length - errors;
  const parts = [
    errors > 0 && `${errors} ${errors === 1 ? 'error' : 'errors'}`,
    warnings > 0 && `${warnings} ${warnings === 1 ? 'warning' : 'warnings'}`,
  ].filter(Boolean);
  const isEmpty = useDocument(({ workflow }) => workflow?.states.size === 0) && problems.length === 0;
  const kind = errors > 0 ? 'error' : warnings > 0 ? 'warning' : isEmpty ? 'neutral' : 'success';
  const valid = isEmpty ? 'No states yet' : 'Valid';
  return (
    <button
      type="button"
      className={`studio-validity studio-${kind}`}
      aria-expanded={isOpen}
      aria-label={`Problems: ${parts.join(', ') || `none. ${valid}`}`}
      data-testid="validity"
      onClick={() => show({ areProblemsOpen: !isOpen })}
    >
      <svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
        {kind === 'success' && <path d="M8 1a7 7 0 1 0 0 14A7 7 0 0 0 8 1Zm-3 7 2 2 4-4" />}
        {kind === 'error' && <path d="M8 1a7 7 0 1 0 0 14A7 7 0 0 0 8 1ZM5.5 5.5l5 5m0-5-5 5" />}
        {kind === 'warning' && <path d="M8 1.5 15 14.5H1L8 1.5Zm0 5v3.5m0 1.5v1" />}
      </svg>
      {parts.join(' · ') || valid}
    </button>
  );
}
