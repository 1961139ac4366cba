import { useMemo } from 'react';
import { moveStates, renameState, retarget } from '../../asl/edits';
import { WorkflowGraph } from '../../graph';
import type { GraphEditing } from '../../graph/types';
import { commandFor, runCommand } from '../commands';
import { type Studio, useDocument, useStudio, useUi } from '../context';
import { marksOf, useProblems } from '../problems';
import { apply, openPicker, put, removeStates } from './commands';
import { EmptyCanvas } from './empty';
import { useRun } from './run';

/** The graph of the document, to be edited. `run`: an execution whose course is laid over it. */
export function Canvas({ run }: { run: string | undefined }) {
  const studio = useStudio();
  const workflow = useDocument((state) => state.workflow);
  const isStale = useDocument((state) => state.isStale);
  const selection = useDocument((state) => state.selection);
  const collapsed = useDocument((state) => state.collapsed);
  const direction = useUi((state) => state.direction);
  const problems = useProblems();
  const marks = useMemo(() => marksOf(problems), [problems]);
  const editing = useMemo(() => editingOf(studio), [studio]);
  const view = useRun(run, workflow);
  const { store, ui, canvas } = studio;
  const onKeyDown = (event: React.KeyboardEvent) => {
    if ((event.target as Element).closest('input, textarea, [contenteditable=true]')) return;
    const id = commandFor(event.nativeEvent, 'canvas');
    if (!id || !runCommand(studio, id)) return;
    event.preventDefault();
    event.stopPropagation();
  };
  if (!workflow) return <div className="studio-canvas studio-empty">There is no graph yet.</div>;
  return (
    <div className="studio-canvas" onKeyDownCapture={onKeyDown}>
      <WorkflowGraph
        ref={canvas}
        label={store.getState().config.name}
        workflow={workflow}
        collapsed={collapsed}
        onCollapse={(state, isCollapsed) => store.getState().collapse([state], isCollapsed)}
        direction={direction}
        selection={selection}
        onSelect={(states) => store.getState().select(states)}
        marks={marks}
        editing={isStale ? undefined : editing}
        isStale={isStale}
        onOpen={() => {
          ui.getState().show({ isInspectorOpen: true });
          requestAnimationFrame(() =>
            document.querySelector<HTMLElement>('.studio-pane-right :is(input, textarea, [role=tab])')?.focus(),
          );
        }}
        onContextMenu={(menu) => ui.getState().show({ menu })}
        statuses={view?.statuses}
        walked={view?.walked}
      >
        {workflow.states.size === 0 && !isStale && <EmptyCanvas onAdd={() => openPicker(studio)} />}
      </WorkflowGraph>
    </div>
  );
}

function editingOf(studio: Studio): GraphEditing {
  return {
    drop(place, what) {
      if (what.kind === 'states') apply(studio, (parsed) => moveStates(parsed, what.states, place));
      else put(studio, place, what.template);
    },
    pick: (place, at) => studio.ui.getState().show({ picker: { place, at } }),
    retarget(pointer, to) {
      const name = studio.store.getState().workflow?.states.get(to)?.name;
      if (name !== undefined) apply(studio, (parsed) => retarget(parsed, pointer, name));
    },
    rename: (state, name) => void apply(studio, (parsed) => renameState(parsed, state, name)),
    remove: (states) => removeStates(studio, states),
  };
}
