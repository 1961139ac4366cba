/** `/_ui/*`: what AWS's APIs do not have. Paths and shapes are those of docs/design/console.md. */
import { jsonOf, request } from './http';

export type Parameters = Record<string, string | number | undefined>;

export function uiPath(path: string, parameters: Parameters = {}): string {
  const given = Object.entries(parameters).filter(([, value]) => value !== undefined && value !== '');
  const query = new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString();
  return `/_ui/${path}${query ? `?${query}` : ''}`;
}

export async function getUi<T>(path: string, parameters: Parameters = {}, signal?: AbortSignal): Promise<T> {
  return jsonOf<T>(await request(uiPath(path, parameters), { signal }));
}

export async function sendUi<T = Record<string, never>>(
  method: 'POST' | 'PUT' | 'DELETE',
  path: string,
  body: unknown = {},
): Promise<T> {
  const headers = { 'content-type': 'application/json' };
  return jsonOf<T>(await request(uiPath(path), { method, headers, body: JSON.stringify(body) }));
}
