/** Whether somebody is signed in, and what happens when nobody is any more. */
import { useStore } from 'zustand';
import { createStore } from 'zustand/vanilla';
import { markSignedIn, onUnauthorized } from '../../api/http';
import { infoQuery, queries } from '../../api/queries';
import { sendUi } from '../../api/ui';
import { go } from '../Link';
import { links } from '../links';

interface Session {
  /** Who was signed in when the page was last told. */
  user: string | null;
  /** The session is over: the dialog asks for the password, or waits in the banner. */
  over: 'asked' | 'later' | null;
}

const store = createStore<Session>(() => ({ user: null, over: null }));
let answer: ((isSignedIn: boolean) => void) | null = null;

export function useSession(): Session {
  return useStore(store);
}

export function startSession() {
  queries.getQueryCache().subscribe((event) => {
    const isTold = event.type === 'updated' && event.action.type === 'success';
    if (!isTold || event.query.queryKey[1] !== 'info') return;
    const login = queries.getQueryData(infoQuery.queryKey)?.login;
    if (!login) return;
    if (login.user === null) {
      if (store.getState().user === null) goToLogin();
      return;
    }
    // Here or in another tab.
    const { over } = store.getState();
    store.setState({ user: login.user, over: null });
    if (over !== null) continueWith(true);
  });
  onUnauthorized(() => {
    const { user, over } = store.getState();
    // Nothing has been typed on a page that was never shown to somebody.
    if (user === null) goToLogin();
    // Who wanted to sign in later is asked again when something is to be done.
    const isLater = over === 'later' && queries.isMutating() === 0;
    if (user === null || isLater) return Promise.resolve(false);
    askPassword();
    return new Promise((resolve) => {
      answer = resolve;
    });
  });
}

function goToLogin() {
  const here = location.pathname + location.search;
  if (location.pathname !== links.login) go(`${links.login}?next=${encodeURIComponent(here)}`, { replace: true });
}

export function askPassword() {
  store.setState({ over: 'asked' });
}

/** Closes the dialog; until somebody signs in after all there is a banner. */
export function signInLater() {
  store.setState({ over: 'later' });
  continueWith(false);
}

function continueWith(isSignedIn: boolean) {
  if (isSignedIn) markSignedIn();
  answer?.(isSignedIn);
  answer = null;
}

export async function signIn(user: string, password: string) {
  await sendUi('POST', 'login', { user, password });
  await queries.fetchQuery({ ...infoQuery, staleTime: 0 });
  queries.invalidateQueries();
}

/** Where to go after signing in: a page of the console, whatever the address says. */
export function nextPage(next: string | undefined): string {
  return next?.startsWith('/console/') && !next.startsWith(links.login) ? next : links.stateMachines;
}
