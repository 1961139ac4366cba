import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { ErrorBox } from '../shared/Feedback';
import { usePage } from './frame';
import { Link } from './Link';
import { links } from './links';

/** In place of a page that fell over; the rest of the console goes on. */
export function PageError({ error, reset }: { error: unknown; reset: () => void }) {
  const isOutdated = /dynamically imported module|Importing a module script/.test(String(error));
  return (
    <SpaceBetween size="m">
      <Header variant="h1">This page could not be shown</Header>
      {isOutdated ? (
        <Box>
          A part of the console could not be loaded: the server is away, or it has a newer console.{' '}
          <Button onClick={() => location.reload()}>Reload</Button>
        </Box>
      ) : (
        <ErrorBox error={error} onRetry={reset} />
      )}
    </SpaceBetween>
  );
}

export function NotFound() {
  usePage('Not found');
  return (
    <SpaceBetween size="m">
      <Header variant="h1">There is no such page</Header>
      <Box>
        Its address may have changed. Go to the <Link href={links.stateMachines}>state machines</Link>, or search.
      </Box>
    </SpaceBetween>
  );
}
