import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useMemo } from 'react';
import { pathLabel } from '../../history/frames';
import { originOf } from '../../history/origin';
import type { Visit } from '../../history/types';
import { Cause } from './cause';
import styles from './execution.module.css';
import { hintFor } from './hints';
import { useModel } from './model';

/** What went wrong, before anything else. */
export function FailureBanner() {
  const { live, description, selectVisit } = useModel();
  const visit = live.failure ?? stopped(live.visits, live.status);
  // The execution's own texts are whole; those of compact events are cut.
  const error = description.error ?? live.error ?? visit?.error;
  const cause = description.cause ?? live.cause ?? visit?.cause;
  const hint = hintFor(error, cause);
  const origin = useMemo(() => originOf(live), [live]);
  const attempts = (origin ?? live.failure)?.attempts.length ?? 0;
  if (live.status === 'RUNNING' || live.status === 'SUCCEEDED') return null;
  const titles = { FAILED: 'Execution failed', TIMED_OUT: 'Execution timed out', ABORTED: 'Execution aborted' };
  const title = titles[live.status];
  return (
    <Alert
      type={live.status === 'ABORTED' ? 'warning' : 'error'}
      data-testid="failure"
      header={
        <span>
          {title}
          {visit && (live.failure ? ` in ${pathLabel(live, visit)}` : ` while ${pathLabel(live, visit)} ran`)}
          {error && `: ${error}`}
        </span>
      }
      action={visit && <Button onClick={() => selectVisit(visit, { tab: 'data' })}>Show step</Button>}
    >
      <SpaceBetween size="xxs">
        {cause && <Cause cause={cause} error={error} />}
        {(origin || attempts > 1) && (
          <Box fontSize="body-s">
            {origin && (
              <>
                It came from{' '}
                <button
                  type="button"
                  className={styles.textButton}
                  onClick={() => selectVisit(origin, { tab: 'data' })}
                >
                  {pathLabel(live, origin)}
                </button>
                {'. '}
              </>
            )}
            {attempts > 1 && `It was tried ${attempts} times.`}
          </Box>
        )}
        {hint && (
          <Box fontSize="body-s" data-testid="hint">
            <b>Hint:</b> {hint}
          </Box>
        )}
      </SpaceBetween>
    </Alert>
  );
}

/** What ran when the execution was stopped or its time was up. */
function stopped(visits: readonly Visit[], status: string): Visit | null {
  if (status === 'FAILED') return null;
  return visits.findLast((visit) => visit.status === 'aborted' && visit.frames.length === 0) ?? null;
}
