import SegmentedControl from '@cloudscape-design/components/segmented-control';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { Suspense, useMemo, useState } from 'react';
import { compareWorkflows, type StateDifference } from '../../asl/diff';
import { parse } from '../../asl/parse';
import type { StatePath, Workflow } from '../../asl/types';
import { WorkflowGraph } from '../../graph';
import { Loading } from '../../shared/Feedback';
import { lazily } from '../../shared/lazily';

const TextDifference = lazily(() => import('./merge-view'));

const nothing = () => {};
const none = new Set<StatePath>();

interface DifferencesProps {
  before: string;
  after: string;
}

/** What is deployed against what would be, both in JSON: as text or as graphs. */
export function Differences({ before, after }: DifferencesProps) {
  const [view, setView] = useState('text');
  const compared = useMemo(() => {
    const [old, now] = [parse(before, 'json').workflow, parse(after, 'json').workflow];
    return old && now ? { old, now, differences: compareWorkflows(old, now) } : null;
  }, [before, after]);
  if (before === after) return <p>The definition is as it is deployed.</p>;
  return (
    <SpaceBetween size="s">
      <div className="studio-difference-choice">
        <SegmentedControl
          label="Differences as"
          selectedId={view}
          options={[
            { id: 'text', text: 'Text' },
            { id: 'graph', text: 'Graph', disabled: !compared },
          ]}
          onChange={({ detail }) => setView(detail.selectedId)}
        />
        <span>{compared ? summary(compared.differences) : 'One of them cannot be read.'}</span>
      </div>
      {view === 'graph' && compared ? (
        <Graphs {...compared} />
      ) : (
        <Suspense fallback={<Loading what="Comparing" />}>
          <TextDifference before={before} after={after} labels={['Deployed', 'To be saved']} />
        </Suspense>
      )}
    </SpaceBetween>
  );
}

function summary(differences: readonly StateDifference[]): string {
  const counts = (['added', 'changed', 'moved', 'removed'] as const).flatMap((kind) => {
    const count = differences.filter((difference) => difference.kind === kind).length;
    return count > 0 ? [`${count} ${count === 1 ? 'state' : 'states'} ${kind}`] : [];
  });
  return counts.join(', ') || 'No state differs.';
}

interface GraphsProps {
  old: Workflow;
  now: Workflow;
  differences: readonly StateDifference[];
}

/** Both beside each other; the one of the differences that is chosen is in sight. */
function Graphs({ old, now, differences }: GraphsProps) {
  const [chosen, setChosen] = useState(differences[0]);
  const shared = { differences, chosen };
  return (
    <>
      <div className="studio-difference-states">
        {differences.map((difference) => (
          <button
            key={`${difference.kind} ${difference.before} ${difference.after}`}
            type="button"
            aria-pressed={difference === chosen}
            className={`is-${difference.kind}`}
            title={difference.fields.join(', ') || undefined}
            onClick={() => setChosen(difference)}
          >
            {difference.name} {difference.kind}
          </button>
        ))}
      </div>
      <div className="studio-difference studio-difference-graphs">
        <Side label="Deployed" workflow={old} side="before" {...shared} />
        <Side label="To be saved" workflow={now} side="after" {...shared} />
      </div>
    </>
  );
}

interface SideProps {
  label: string;
  workflow: Workflow;
  differences: readonly StateDifference[];
  chosen: StateDifference | undefined;
  side: 'before' | 'after';
}

function Side({ label, workflow, differences, chosen, side }: SideProps) {
  const path = chosen?.[side] ?? null;
  const selection = useMemo(() => (path === null ? [] : [path]), [path]);
  const changes = useMemo(
    () =>
      new Map(
        differences.flatMap(({ kind, [side]: path }): [StatePath, StateDifference['kind']][] =>
          path === null ? [] : [[path, kind]],
        ),
      ),
    [differences, side],
  );
  return (
    <section aria-label={label}>
      <div className="studio-difference-heads">
        <b>{label}</b>
      </div>
      <div className="studio-difference-graph">
        <WorkflowGraph
          label={label}
          workflow={workflow}
          collapsed={none}
          onCollapse={nothing}
          selection={selection}
          onSelect={nothing}
          changes={changes}
        />
      </div>
    </section>
  );
}
