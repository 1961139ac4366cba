import SegmentedControl from '@cloudscape-design/components/segmented-control';
import { lazy, Suspense } from 'react';
import { Loading } from '../../shared/Feedback';
import { EventsView } from './events';
import styles from './execution.module.css';
import { useModel, type ViewKind } from './model';
import { Panel } from './panel/panel';
import { Scrubber } from './scrubber';
import { Split } from './split';
import { TableView } from './table';
import { TimelineView } from './timeline';
import { useFill } from './use-fill';

// The drawing comes with what draws; the other views do without it.
const GraphView = lazy(() => import('./graph'));

/** The views of one execution, and beside them the step that is selected. */
export function Workspace() {
  const { kind, setKind } = useModel();
  const fill = useFill(520, 24);
  return (
    <section
      ref={fill.ref}
      className={styles.workspace}
      style={{ '--height': `${fill.height}px` } as React.CSSProperties}
      aria-label="Execution"
    >
      <div className={styles.toolbar}>
        <SegmentedControl
          label="View"
          selectedId={kind}
          onChange={({ detail }) => setKind(detail.selectedId as ViewKind)}
          options={[
            { id: 'graph', text: 'Graph' },
            { id: 'timeline', text: 'Timeline' },
            { id: 'table', text: 'Table' },
            { id: 'events', text: 'Events' },
          ]}
        />
        <Scrubber />
      </div>
      <Split label="Step details" side={<Panel />}>
        <div className={styles.view} data-testid={`view-${kind}`}>
          {kind === 'graph' && (
            <Suspense fallback={<Loading what="Loading the graph" />}>
              <GraphView />
            </Suspense>
          )}
          {kind === 'timeline' && <TimelineView />}
          {kind === 'table' && <TableView />}
          {kind === 'events' && <EventsView />}
        </div>
      </Split>
    </section>
  );
}
