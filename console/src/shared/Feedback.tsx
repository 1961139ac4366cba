import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Spinner from '@cloudscape-design/components/spinner';
import type { ReactNode } from 'react';
import { explain, isMissing, serverAway } from '../api/errors';
import { useFrame } from '../app/frame';
import { Link } from '../app/Link';

/** What went wrong, under AWS's name of it. */
export function ErrorBox({ error, onRetry, title }: { error: unknown; onRetry?: () => void; title?: string }) {
  const { name, message } = explain(error);
  return (
    <Alert
      type="error"
      header={title ?? (name === serverAway ? undefined : name)}
      action={onRetry && <Button onClick={onRetry}>Try again</Button>}
      data-testid="error"
    >
      {title && title !== name && name !== serverAway ? `${name}: ${message}` : message}
    </Alert>
  );
}

export function EmptyState({ title, children, action }: { title: string; children?: ReactNode; action?: ReactNode }) {
  return (
    <Box textAlign="center" color="inherit" padding={{ vertical: 'l' }}>
      <SpaceBetween size="xs">
        <b>{title}</b>
        {children && (
          <Box variant="p" color="inherit">
            {children}
          </Box>
        )}
        {action}
      </SpaceBetween>
    </Box>
  );
}

export function Loading({ what = 'Loading' }: { what?: string }) {
  return (
    <Box textAlign="center" padding="l" color="text-body-secondary">
      <Spinner /> {what}
    </Box>
  );
}

/** In place of what a page is about, until that is there. What is not there leads to those that are. */
export function PendingPage({ title, error, onRetry }: { title: string; error: unknown; onRetry(): void }) {
  const { breadcrumbs } = useFrame();
  const above = breadcrumbs.at(-1);
  return (
    <SpaceBetween size="m">
      <Header variant="h1">{title}</Header>
      {error ? <ErrorBox error={error} onRetry={onRetry} /> : <Loading />}
      {isMissing(error) && above && (
        <Link href={above.href}>{breadcrumbs.length > 1 ? above.text : `All ${above.text.toLowerCase()}`}</Link>
      )}
    </SpaceBetween>
  );
}
