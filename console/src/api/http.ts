import { markAnswered, markAway } from './connection';
import { ApiError, serverAway } from './errors';

type Unauthorized = () => Promise<boolean>;
let unauthorized: Unauthorized | null = null;

/**
 * Called when a request is answered with 401: signs in again (a dialog over the page, so that nothing typed is lost) and says
 * whether it worked; the request is then sent once more. Several requests share one call.
 */
export function onUnauthorized(handler: Unauthorized): () => void {
  unauthorized = handler;
  return () => {
    if (unauthorized === handler) unauthorized = null;
  };
}

let signingIn: Promise<boolean> | null = null;

function signIn(handler: Unauthorized): Promise<boolean> {
  signingIn ??= handler().finally(() => {
    signingIn = null;
  });
  return signingIn;
}

/** A request to this server. An error status becomes an `ApiError`; so does no answer at all. */
export async function request(path: string, options: RequestInit = {}): Promise<Response> {
  const response = await ask(path, options);
  if (response.ok) return response;
  // A wrong password is no reason to sign in.
  if (response.status === 401 && path !== '/_ui/login' && unauthorized && (await signIn(unauthorized))) {
    const again = await ask(path, options);
    if (again.ok) return again;
    throw await errorOf(again);
  }
  throw await errorOf(response);
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
