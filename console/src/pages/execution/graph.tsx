import { useMemo, useState } from 'react';
import type { StatePath } from '../../asl/types';
import { GraphLegend } from '../../graph/legend';
import type { Status } from '../../graph/types';
import { WorkflowGraph } from '../../graph/workflow-graph';
import { pictureOf } from '../../history/frames';
import { EmptyState } from '../../shared/Feedback';
import styles from './execution.module.css';
import { FramePicker } from './frame-picker';
import { useModel } from './model';

const order: Status[] = ['running', 'retrying', 'succeeded', 'caught', 'failed', 'timedOut', 'aborted'];

/** The workflow in the colours of this execution, of all items or of one. */
export default function GraphView() {
  const { view, workflow, frame, selection, selectState } = useModel();
  const [collapsed, setCollapsed] = useState<ReadonlySet<StatePath>>(new Set());
  const picture = useMemo(() => pictureOf(view, workflow, frame), [view, workflow, frame]);
  const statuses = useMemo(() => {
    const there = new Set([...picture.statuses.values()].map(({ status }) => status));
    return order.filter((status) => there.has(status));
  }, [picture]);
  const selected = useMemo(() => (selection.state === null ? [] : [selection.state]), [selection.state]);
  if (!workflow) return <EmptyState title="The definition of this execution cannot be read" />;
  return (
    <>
      <FramePicker />
      <div className={styles.canvas} data-testid="graph">
        <WorkflowGraph
          workflow={workflow}
          collapsed={collapsed}
          onCollapse={(state, isCollapsed) => {
            const next = new Set(collapsed);
            if (isCollapsed) next.add(state);
            else next.delete(state);
            setCollapsed(next);
          }}
          selection={selected}
          onSelect={(states) => selectState(states.at(-1) ?? null)}
          statuses={picture.statuses}
          walked={picture.walked}
        >
          {statuses.length > 0 && <GraphLegend statuses={statuses} />}
        </WorkflowGraph>
      </div>
    </>
  );
}
