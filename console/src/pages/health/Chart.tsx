import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import LineChart from '@cloudscape-design/components/line-chart';
import { colorChartsStatusCritical } from '@cloudscape-design/design-tokens';
import { usePreferences } from '../../shared/preferences';
import { timeText } from '../../shared/time';
import type { Chart as ChartOf } from './series';

const spanMillis = 180_000;

export function Chart({ chart: { title, explanation, unit, series } }: { chart: ChartOf }) {
  const { times } = usePreferences();
  const all = series.flatMap(({ data }) => data);
  const last = all.reduce((latest, { x }) => Math.max(latest, x.getTime()), 0) || Date.now();
  const top = all.reduce((most, { y }) => Math.max(most, y), 0);
  const number = (value: number) => value.toLocaleString('en', { maximumSignificantDigits: 3 });
  return (
    <Container
      fitHeight
      header={
        <Header variant="h2" counter={unit && `(${unit === '/s' ? 'per second' : unit})`} description={explanation}>
          {title}
        </Header>
      }
    >
      <LineChart
        ariaLabel={title}
        height={150}
        hideFilter
        xScaleType="time"
        xDomain={[new Date(last - spanMillis), new Date(last)]}
        yDomain={[0, top > 0 ? top * 1.15 : 1]}
        series={series.map(({ title, data, isTrouble }) => ({
          type: 'line' as const,
          title,
          data,
          valueFormatter: (value: number) => `${number(value)} ${unit}`.trim(),
          ...(isTrouble ? { color: colorChartsStatusCritical } : {}),
        }))}
        i18nStrings={{
          xTickFormatter: (date) => timeText(date.getTime(), times).split(', ').at(-1) ?? '',
          yTickFormatter: number,
          chartAriaRoleDescription: 'line chart',
        }}
        empty="Nothing happened yet"
      />
    </Container>
  );
}
