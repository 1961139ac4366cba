import Alert from '@cloudscape-design/components/alert';
import Button from '@cloudscape-design/components/button';
import { useQuery } from '@tanstack/react-query';
import { useRef } from 'react';
import { probeNow, useConnection } from '../api/connection';
import { infoQuery } from '../api/queries';
import { askPassword, useSession } from './sign-in/session';

/** What concerns every page: the server is away, nobody is signed in any more, or it is another server than this page was made for. */
export function Banner() {
  const { isAway } = useConnection();
  const { over } = useSession();
  const version = useQuery(infoQuery).data?.version;
  const first = useRef(version);
  first.current ??= version;
  const isOld = version !== undefined && version !== first.current;
  if (isAway) {
    return (
      <Alert type="warning" header="The server does not answer" action={<Button onClick={probeNow}>Try now</Button>}>
        What you see is from before. It is asked again by itself; what you have typed stays.
      </Alert>
    );
  }
  if (over === 'later') {
    return (
      <Alert type="warning" header="Your session is over" action={<Button onClick={askPassword}>Sign in</Button>}>
        What you see is from before. What you have typed stays, and is not saved until you sign in again.
      </Alert>
    );
  }
  if (isOld) {
    return (
      <Alert type="info" action={<Button onClick={() => location.reload()}>Reload</Button>}>
        There is a new version of the console: {version}.
      </Alert>
    );
  }
  return null;
}
