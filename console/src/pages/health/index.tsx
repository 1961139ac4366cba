import ColumnLayout from '@cloudscape-design/components/column-layout';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import LineChart from '@cloudscape-design/components/line-chart';
import SpaceBetween from '@cloudscape-design/components/space-between';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import { useQuery } from '@tanstack/react-query';
import { request } from '../../api/http';
import { infoQuery } from '../../api/queries';
import { ErrorBox } from '../../shared/Feedback';
import { usePreferences } from '../../shared/preferences';
import { timeText } from '../../shared/time';
import { bytesText } from '../functions/api';
import { total } from './metrics';
import { chartsOf, type Series } from './series';
import { useSamples } from './useSamples';

/** How the server fares, from its own metrics: looked at every other second while this page is open. */
export function Page() {
  const { points, error } = useSamples();
  const info = useQuery(infoQuery).data;
  const ready = useQuery({
    queryKey: ['readyz'],
    queryFn: async ({ signal }) => (await (await request('/readyz', { signal })).text()).trim(),
    refetchInterval: 5_000,
    retry: false,
  });
  const latest = points.at(-1)?.samples ?? [];
  const value = (name: string) => total(latest, name);
  return (
    <SpaceBetween size="l">
      <Header
        variant="h1"
        description="From the metrics that this server gives to Prometheus at /metrics, while this page is open."
      >
        Server health
      </Header>
      {error !== null && <ErrorBox error={error} />}
      <Container>
        <KeyValuePairs
          columns={4}
          items={[
            {
              label: 'Readiness',
              value: ready.isPending ? (
                '–'
              ) : (
                <StatusIndicator type={ready.isError ? 'error' : 'success'}>
                  {ready.isError ? 'Not ready' : 'Ready'}
                </StatusIndicator>
              ),
            },
            { label: 'Version', value: info?.version ?? '–' },
            { label: 'Calls go to', value: info?.aws === 'aws' ? 'AWS' : (info?.aws ?? 'nowhere: no credentials') },
            { label: 'Running executions', value: value('stepwright_open_executions').toLocaleString() },
            {
              label: 'Stored data',
              value: bytesText(value('stepwright_store_file_bytes') + value('stepwright_store_wal_bytes')),
            },
            {
              label: 'Executions in memory',
              value: `${value('stepwright_resident_executions').toLocaleString()}, ${bytesText(value('stepwright_resident_bytes'))}`,
            },
            { label: 'Connections', value: value('stepwright_http_connections').toLocaleString() },
            { label: 'Deliveries waiting', value: value('stepwright_deliveries_waiting').toLocaleString() },
          ]}
        />
      </Container>
      <ColumnLayout columns={2}>
        {chartsOf(points).map((chart) => (
          <Container
            key={chart.title}
            header={
              <Header variant="h2" description={chart.explanation}>
                {chart.title}
              </Header>
            }
          >
            <Chart title={chart.title} series={chart.series} unit={chart.unit} />
          </Container>
        ))}
      </ColumnLayout>
    </SpaceBetween>
  );
}

function Chart({ title, series, unit }: { title: string; series: Series[]; unit: string }) {
  const { times } = usePreferences();
  const all = series.flatMap(({ data }) => data);
  const last = all.reduce((latest, { x }) => Math.max(latest, x.getTime()), 0) || Date.now();
  const most = all.reduce((top, { y }) => Math.max(top, y), 0);
  const number = (value: number) => value.toLocaleString(undefined, { maximumSignificantDigits: 3 });
  return (
    <LineChart
      ariaLabel={title}
      height={180}
      hideFilter
      hideLegend={series.length < 2}
      xScaleType="time"
      xDomain={[new Date(last - 180_000), new Date(last)]}
      yDomain={[0, most > 0 ? most * 1.15 : 1]}
      series={series.map(({ title, data }) => ({
        type: 'line' as const,
        title,
        data,
        valueFormatter: (value: number) => `${number(value)} ${unit}`.trim(),
      }))}
      i18nStrings={{
        xTickFormatter: (date) => timeText(date.getTime(), times).split(', ').at(-1) ?? '',
        yTickFormatter: number,
        chartAriaRoleDescription: 'line chart',
      }}
      empty="Nothing to show yet"
    />
  );
}
