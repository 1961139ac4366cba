/** Whether somebody is signed in, and what happens when nobody is any more. */
import { useStore } from 'zustand';
import { createStore } from 'zustand/vanilla';
import { onUnauthorized } from '../../api/http';
import { infoQuery, queries } from '../../api/queries';
import { sendUi } from '../../api/ui';
import { go } from '../Link';
import { links } from '../links';

interface Session {
  /** Who was signed in when the page was last told. */
  user: string | null;
  /** Waits for the dialog: whether somebody has signed in. */
  answer: ((isSignedIn: boolean) => void) | null;
}

const store = createStore<Session>(() => ({ user: null, answer: null }));

export function useSession(): Session {
  return useStore(store);
}

export function startSession() {
  queries.getQueryCache().subscribe(({ type, query }) => {
    if (type !== 'updated' || query.queryKey[1] !== 'info') return;
    const login = queries.getQueryData(infoQuery.queryKey)?.login;
    if (login?.user) store.setState({ user: login.user });
    else if (login && store.getState().user === null) goToLogin();
  });
  onUnauthorized(() => {
    // Nothing has been typed on a page that was never shown to somebody.
    if (store.getState().user === null) {
      goToLogin();
      return Promise.resolve(false);
    }
    return new Promise((answer) => store.setState({ answer }));
  });
}

function goToLogin() {
  const here = location.pathname + location.search;
  if (location.pathname !== links.login) go(`${links.login}?next=${encodeURIComponent(here)}`, { replace: true });
}

/** Closes the dialog. */
export function answerDialog(isSignedIn: boolean) {
  store.getState().answer?.(isSignedIn);
  store.setState({ answer: null });
}

export async function signIn(user: string, password: string) {
  await sendUi('POST', 'login', { user, password });
  const before = store.getState().user;
  // What somebody else was shown is not shown to this one.
  if (before !== null && before !== user) queries.clear();
  await queries.fetchQuery({ ...infoQuery, staleTime: 0 });
  queries.invalidateQueries();
}

/** Where to go after signing in: a page of the console, whatever the address says. */
export function nextPage(next: string | undefined): string {
  return next?.startsWith('/console/') && !next.startsWith(links.login) ? next : links.stateMachines;
}
