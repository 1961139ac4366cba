import Alert from '@cloudscape-design/components/alert';
import Button from '@cloudscape-design/components/button';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useQuery } from '@tanstack/react-query';
import { useSearch } from '@tanstack/react-router';
import { useEffect } from 'react';
import { infoQuery } from '../../api/queries';
import { usePage } from '../../app/frame';
import { go } from '../../app/Link';
import { SignInForm } from '../../app/sign-in/SignInForm';
import { nextPage } from '../../app/sign-in/session';
import { Command } from '../../shared/Copy';
import styles from './login.module.css';

export function Page() {
  usePage('Sign in');
  const { next } = useSearch({ strict: false }) as { next?: string };
  const info = useQuery(infoQuery);
  const login = info.data?.login;
  const isDone = info.isSuccess && (!login || login.user !== null);
  useEffect(() => {
    if (isDone) go(nextPage(next), { replace: true });
  }, [isDone, next]);
  return (
    <div className={styles.page}>
      <div className={styles.card}>
        <div className={styles.brand}>
          <img src="/console/icon.svg" alt="" width={40} height={40} />
          <h1>Sign in to Stepwright</h1>
          {info.data && (
            <p>
              {location.host} · {info.data.region}
            </p>
          )}
        </div>
        {login && !login.hasUsers && (
          <Alert
            type="info"
            header="Nobody can sign in yet"
            action={
              <Button onClick={() => info.refetch()} loading={info.isFetching}>
                Look again
              </Button>
            }
          >
            <SpaceBetween size="xs">
              <span>
                Add a user on the server’s machine. It asks for a password; a server that runs need not be restarted.
              </span>
              <Command command="stepwright users add NAME --data DIR" />
            </SpaceBetween>
          </Alert>
        )}
        {!info.isPending && !isDone && <SignInForm onDone={() => go(nextPage(next), { replace: true })} />}
      </div>
    </div>
  );
}
