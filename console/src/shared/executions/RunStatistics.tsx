import { useMemo } from 'react';
import type { ExecutionSummary } from '../../api/types';
import { Anchor } from '../../app/Link';
import { links } from '../../app/links';
import { durationText } from '../time';
import styles from './executions.module.css';
import { runText } from './RecentRuns';
import { statisticsOf } from './statistics';

const shownRuns = 100;

/** How the last runs went: figures, and a bar for each whose height is its duration. */
export function RunStatistics({ runs }: { runs: readonly ExecutionSummary[] }) {
  const last = useMemo(() => runs.slice(0, shownRuns), [runs]);
  const { successRate, medianMillis, p95Millis, running, slowestMillis } = useMemo(() => statisticsOf(last), [last]);
  if (last.length === 0) return null;
  const duration = (millis: number | null) => (millis === null ? '–' : durationText(millis));
  const figures = [
    ['Success rate', successRate === null ? '–' : `${(successRate * 100).toFixed(successRate === 1 ? 0 : 1)}%`],
    ['Running', String(running)],
    ['Median duration', duration(medianMillis)],
    ['95th percentile', duration(p95Millis)],
  ];
  const inOrder = [...last].reverse();
  return (
    <section className={styles.statistics} aria-label={`The last ${last.length} executions`}>
      {figures.map(([name, value]) => (
        <dl key={name} className={styles.figure}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </dl>
      ))}
      <div className={styles.trend}>
        <svg viewBox={`0 0 ${shownRuns * 6} 48`} preserveAspectRatio="none" aria-hidden="true">
          {inOrder.map((run, index) => {
            const took = (run.stopMillis ?? Date.now()) - run.startMillis;
            const height = 4 + 42 * Math.min(1, slowestMillis > 0 ? took / slowestMillis : 0);
            const x = (shownRuns - inOrder.length + index) * 6;
            return (
              <Anchor key={run.arn} href={links.execution(run.arn)} tabIndex={-1}>
                <rect className={styles[`bar-${run.status}`]} x={x} y={48 - height} width={4.5} height={height}>
                  <title>{runText(run)}</title>
                </rect>
              </Anchor>
            );
          })}
        </svg>
      </div>
    </section>
  );
}
