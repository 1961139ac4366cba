import { useQueries } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import type { StatePath } from '../../asl/types';
import { GraphLegend } from '../../graph/legend';
import type { NodeStatus, Status } from '../../graph/types';
import { WorkflowGraph } from '../../graph/workflow-graph';
import { pictureOf } from '../../history/frames';
import { EmptyState } from '../../shared/Feedback';
import { mapRunQuery } from '../map-run/map-run';
import styles from './execution.module.css';
import { FramePicker } from './frame-picker';
import { useModel } from './model';

const order: Status[] = ['running', 'retrying', 'succeeded', 'caught', 'failed', 'timedOut', 'aborted'];

/** The workflow in the colours of this execution, of all items or of one. */
export default function GraphView() {
  const { view, live, workflow, frame, selection, selectState } = useModel();
  const [collapsed, setCollapsed] = useState<ReadonlySet<StatePath>>(new Set());
  const picture = useMemo(() => pictureOf(view, workflow, frame), [view, workflow, frame]);
  const shown = useWithMapRuns(picture.statuses);
  const present = useMemo(() => {
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
          opensAt={live.failure?.state}
          onSelect={(states) => selectState(states.at(-1) ?? null)}
          statuses={shown}
          walked={picture.walked}
        >
          {present.length > 0 && <GraphLegend statuses={present} />}
        </WorkflowGraph>
      </div>
    </>
  );
}

/** The items of a Distributed Map are counted by its Map Run; no event tells of them. */
function useWithMapRuns(statuses: ReadonlyMap<StatePath, NodeStatus>): ReadonlyMap<StatePath, NodeStatus> {
  const { view, at } = useModel();
  const arns = useMemo(() => {
    const arns = new Map<StatePath, string>();
    for (const { state, mapRunArn } of view.visits) if (mapRunArn) arns.set(state, mapRunArn);
    return [...arns];
  }, [view]);
  const runs = useQueries({ queries: at === null ? arns.map(([, arn]) => mapRunQuery(arn)) : [] });
  if (arns.length === 0) return statuses;
  const all = new Map(statuses);
  for (const [index, [state]] of arns.entries()) {
    const status = statuses.get(state);
    const counts = runs[index]?.data?.itemCounts;
    if (!status) continue;
    const progress = counts && {
      total: counts.total,
      succeeded: counts.succeeded,
      failed: counts.failed + counts.timedOut + counts.aborted,
      running: counts.running,
    };
    all.set(state, { ...status, progress });
  }
  return all;
}
