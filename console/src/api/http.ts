import { markAnswered, markAway } from './connection';
import { ApiError, serverAway } from './errors';

type Unauthorized = () => Promise<boolean>;
let unauthorized: Unauthorized | null = null;

/**
 * Called when a request needs somebody who is signed in: signs in again (a dialog over the page, so that nothing typed is lost) and
 * says whether it worked; the request is then sent once more. Several requests share one call.
 */
export function onUnauthorized(handler: Unauthorized) {
  unauthorized = handler;
}

let signingIn: Promise<boolean> | null = null;
/** Counts how often somebody has signed in. */
let signIns = 0;
const listeners = new Set<() => void>();

/** `listener` is called each time that somebody has signed in. */
export function onSignIn(listener: () => void) {
  listeners.add(listener);
}

export function markSignedIn() {
  signIns += 1;
  for (const listener of listeners) listener();
}

function signIn(handler: Unauthorized): Promise<boolean> {
  signingIn ??= handler().finally(() => {
    signingIn = null;
  });
  return signingIn;
}

/** A request to this server. An error status becomes an `ApiError`; so does no answer at all. */
export async function request(path: string, options: RequestInit = {}): Promise<Response> {
  const signInsBefore = signIns;
  const response = await ask(path, options);
  if (response.ok) return response;
  const error = await errorOf(response);
  if (!asksToSignIn(error) || path === '/_ui/login' || !unauthorized) throw error;
  // Somebody may have signed in while this was under way.
  if (signIns === signInsBefore && !(await signIn(unauthorized))) throw error;
  const again = await ask(path, options);
  if (again.ok) return again;
  throw await errorOf(again);
}

/** Over plain http a GET of a page looks as if it had forgotten to sign. */
function asksToSignIn({ name, status }: ApiError): boolean {
  return status === 401 || name === 'MissingAuthenticationTokenException';
}

async function ask(path: string, options: RequestInit): Promise<Response> {
  try {
    const response = await fetch(path, { credentials: 'same-origin', ...options });
    markAnswered();
    return response;
  } catch (error) {
    if (options.signal?.aborted) throw error;
    markAway();
    throw new ApiError(serverAway, 'The server does not answer. Nothing was lost: try again when it is back.', 0);
  }
}

/** AWS's JSON protocols name the error in `__type` or in a header, `/_ui` in `error`. */
async function errorOf(response: Response): Promise<ApiError> {
  const text = await response.text().catch(() => '');
  let body: Record<string, unknown> | undefined;
  try {
    body = JSON.parse(text);
  } catch {
    // Not ours: a proxy's page, say.
  }
  const named = response.headers.get('x-amzn-errortype') ?? body?.__type ?? body?.error ?? `HTTP ${response.status}`;
  const name = String(named).split('#').pop()?.split(':')[0] ?? '';
  const message = body?.message ?? body?.Message ?? (text.slice(0, 300) || response.statusText);
  return new ApiError(name, String(message), response.status, body);
}

export async function jsonOf<T>(response: Response): Promise<T> {
  const text = await response.text();
  return (text ? JSON.parse(text) : {}) as T;
}
