import Alert from '@cloudscape-design/components/alert';
import Header from '@cloudscape-design/components/header';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import SpaceBetween from '@cloudscape-design/components/space-between';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import Table from '@cloudscape-design/components/table';
import { useQuery } from '@tanstack/react-query';
import { explain } from '../../api/errors';
import { request } from '../../api/http';
import { infoQuery } from '../../api/queries';
import { usePage } from '../../app/frame';
import { EmptyState, ErrorBox } from '../../shared/Feedback';
import { bytesText, durationText } from '../../shared/time';
import { Chart } from './Chart';
import styles from './health.module.css';
import { total } from './metrics';
import { chartsOf, operationsOf, troublesOf } from './series';
import { useSamples } from './useSamples';

const readyQuery = {
  queryKey: ['readyz'],
  queryFn: async ({ signal }: { signal: AbortSignal }) => (await (await request('/readyz', { signal })).text()).trim(),
  refetchInterval: 5_000,
  retry: false,
};
const shownOperations = 12;

/** How the server fares, from its own metrics: looked at every other second while this page is open. */
export function Page() {
  usePage('Server health');
  const { points, error } = useSamples();
  const info = useQuery(infoQuery).data;
  const ready = useQuery(readyQuery);
  const latest = points.at(-1)?.samples ?? [];
  const troubles = troublesOf(latest);
  const figure = (...names: string[]) => names.reduce((sum, name) => sum + total(latest, name), 0);
  return (
    <SpaceBetween size="m">
      <Header
        variant="h1"
        description="From the metrics that Prometheus reads at /metrics, every other second while this page is open."
      >
        Server health
      </Header>
      {error !== null && <ErrorBox error={error} />}
      {troubles.length > 0 && (
        <Alert type="warning" header="Since the server was started">
          {troubles.map((sentence) => (
            <div key={sentence}>{sentence}</div>
          ))}
        </Alert>
      )}
      <KeyValuePairs
        columns={4}
        items={[
          {
            label: 'Readiness',
            value: ready.isPending ? (
              '–'
            ) : ready.isError ? (
              <StatusIndicator type="error">Not ready: {explain(ready.error).message}</StatusIndicator>
            ) : (
              <StatusIndicator type="success">Ready</StatusIndicator>
            ),
          },
          { label: 'Version', value: info?.version ?? '–' },
          {
            label: 'Calls of tasks go to',
            value: info?.aws === 'aws' ? 'AWS' : (info?.aws ?? 'nowhere: no credentials'),
          },
          {
            label: 'Stored data',
            value: bytesText(figure('stepwright_store_file_bytes', 'stepwright_store_wal_bytes')),
          },
          { label: 'Running executions', value: figure('stepwright_open_executions').toLocaleString('en') },
          {
            label: 'In memory',
            value: `${figure('stepwright_resident_executions').toLocaleString('en')} executions, ${bytesText(figure('stepwright_resident_bytes'))}`,
          },
          { label: 'Connections', value: figure('stepwright_http_connections').toLocaleString('en') },
          { label: 'Deliveries waiting', value: figure('stepwright_deliveries_waiting').toLocaleString('en') },
        ]}
      />
      <div className={styles.charts}>
        {chartsOf(points).map((chart) => (
          <Chart key={chart.title} chart={chart} />
        ))}
      </div>
      <Table
        header={
          <Header variant="h2" description="The busiest, since the server was started.">
            Operations
          </Header>
        }
        items={operationsOf(latest).slice(0, shownOperations)}
        trackBy="operation"
        ariaLabels={{ tableLabel: 'Operations' }}
        empty={<EmptyState title="No requests yet" />}
        columnDefinitions={[
          { id: 'operation', header: 'Operation', cell: ({ operation }) => operation, isRowHeader: true },
          { id: 'requests', header: 'Requests', cell: ({ requests }) => requests.toLocaleString('en') },
          { id: 'errors', header: 'Errors', cell: ({ errors }) => errors.toLocaleString('en') },
          {
            id: 'mean',
            header: 'Mean latency',
            cell: ({ meanMillis }) =>
              meanMillis === null ? '–' : meanMillis < 10 ? `${meanMillis.toFixed(1)} ms` : durationText(meanMillis),
          },
        ]}
      />
    </SpaceBetween>
  );
}
