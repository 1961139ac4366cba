import type { GraphProps, Status } from '../../graph/types';

export function WorkflowGraph({ workflow, selection, onSelect, statuses, children }: GraphProps) {
  return (
    <div style={{ overflow: 'auto', height: '100%' }}>
      {[...workflow.states.values()].map((state) => (
        <div key={state.path} data-state={state.path}>
          <button type="button" aria-pressed={selection.includes(state.path)} onClick={() => onSelect([state.path])}>
            {state.path.split('/').length > 4 ? '— ' : ''}
            {state.name}: {JSON.stringify(statuses?.get(state.path) ?? {})}
          </button>
        </div>
      ))}
      {children}
    </div>
  );
}

export function GraphLegend({ statuses }: { statuses: readonly Status[] }) {
  return <ul>{statuses.join(' ')}</ul>;
}
