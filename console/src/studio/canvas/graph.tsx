/** Until the graph is there: its states as a list. */
import type { GraphProps, StateTemplate } from '../../graph/types';

export interface GraphHandle {
  fit(): void;
  zoom(factor: number): void;
  reveal(state: string): void;
  focus(): void;
  rename(): void;
  export(kind: 'svg' | 'png', name: string): Promise<void>;
}

type Props = GraphProps & {
  ref?: React.Ref<GraphHandle>;
  label?: string;
  onOpen?(state: string): void;
  onContextMenu?(at: { x: number; y: number }, state: string | null): void;
};

export function WorkflowGraph({ workflow, onSelect, children }: Props) {
  return (
    <div>
      {[...workflow.states.values()].map(({ path, name }) => (
        <button key={path} type="button" onClick={() => onSelect([path])}>
          {name}
        </button>
      ))}
      {children}
    </div>
  );
}

export function startTemplateDrag(_template: StateTemplate, _press: PointerEvent) {}

export function ServiceTile({ service }: { service: string; category?: string }) {
  return <span aria-hidden="true">{service.charAt(0)}</span>;
}

export function TypeTile({ type }: { type: string | null }) {
  return <span aria-hidden="true">{type?.charAt(0)}</span>;
}
