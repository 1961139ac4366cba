import { lazy, Suspense } from 'react';
import { Loading } from '../../shared/Feedback';

const TextDifference = lazy(() => import('./merge-view'));

/** What is deployed against what would be. */
export function Differences({ before, after }: { before: string; after: string }) {
  if (before === after) return <p>The definition is as it is deployed; only the configuration changes.</p>;
  return (
    <Suspense fallback={<Loading what="Comparing" />}>
      <TextDifference before={before} after={after} labels={['Deployed', 'To be saved']} />
    </Suspense>
  );
}
