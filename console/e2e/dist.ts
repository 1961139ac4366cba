/**
 * A console that is not embedded yet, in front of a server: files of a `dist` folder, everything else handed on as it is. So the
 * console can be tested as it is being written without building the binary again (`STEPWRIGHT_DIST=dist npm run e2e`).
 */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, resolve } from 'node:path';
import { pipeline } from 'node:stream';

const types: Record<string, string> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
  '.json': 'application/json',
};

/** `upstream` is asked anew for each request, for the server may come back. */
export async function serveDist(
  dist: string,
  upstream: () => string,
): Promise<{ url: string; close(): Promise<void> }> {
  const folder = resolve(dist);
  const server = createServer((incoming, outgoing) => {
    const path = new URL(incoming.url ?? '/', 'http://x').pathname;
    const isConsole = incoming.method === 'GET' && (path === '/' || path.startsWith('/console'));
    const ask = request(
      `${upstream()}${incoming.url}`,
      { method: incoming.method, headers: incoming.headers },
      (answer) => {
        if (!isConsole) {
          outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
          // A stream that breaks off breaks off for the browser, too.
          pipeline(answer, outgoing, () => {});
          return;
        }
        // The policy is the real server's, the file is ours.
        answer.resume();
        const wanted = join(folder, path.replace(/^\/console\/?/, ''));
        const file =
          wanted.startsWith(folder) && existsSync(wanted) && statSync(wanted).isFile()
            ? wanted
            : join(folder, 'index.html');
        const policy = String(answer.headers['content-security-policy'] ?? '');
        outgoing.writeHead(200, {
          'content-type': types[extname(file)] ?? 'application/octet-stream',
          ...(policy ? { 'content-security-policy': policy } : {}),
        });
        outgoing.end(readFileSync(file));
      },
    );
    ask.on('error', () => incoming.socket.destroy());
    outgoing.on('close', () => ask.destroy());
    incoming.pipe(ask);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}
