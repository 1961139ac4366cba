import Alert from '@cloudscape-design/components/alert';
import Button from '@cloudscape-design/components/button';
import { useQuery } from '@tanstack/react-query';
import { useRef } from 'react';
import { probeNow, useConnection } from '../api/connection';
import { infoQuery } from '../api/queries';

/** What concerns every page: the server is away, or it is another one than this page was made for. */
export function Banner() {
  const { isAway } = useConnection();
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
  if (isOld) {
    return (
      <Alert type="info" action={<Button onClick={() => location.reload()}>Reload</Button>}>
        There is a new version of the console: {version}.
      </Alert>
    );
  }
  return null;
}
