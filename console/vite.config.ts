import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';

/** Where `npm run dev` finds a running server. */
const server = process.env.STEPWRIGHT_URL ?? 'http://127.0.0.1:8083';

export default defineConfig({
  // Below /console/, for paths such as /schedules belong to the APIs of the server.
  base: '/console/',
  plugins: [react(), fontsAsFiles(), tokensOfComponents()],
  build: {
    target: 'es2022',
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 2000,
    manifest: 'manifest.json',
    // What the licences of the bundled packages ask for: it is served beside the page.
    license: { fileName: 'licenses.md' },
    rolldownOptions: {
      output: {
        codeSplitting: {
          groups: [
            { name: 'react', test: /node_modules\/(react|react-dom|scheduler)\// },
            { name: 'tanstack', test: /node_modules\/@tanstack\/(react-)?(query|router)/ },
            { name: 'codemirror', test: /node_modules\/(@codemirror|@lezer|crelt|style-mod|w3c-keyname)\// },
            { name: 'graph', test: /node_modules\/(@xyflow|d3-)/ },
          ],
        },
      },
    },
  },
  // Not bundled ahead, for tokensOfComponents has to see them.
  optimizeDeps: { exclude: ['@cloudscape-design/design-tokens'] },
  server: {
    proxy: {
      '/_ui': { target: server, headers: { origin: server } },
      '/metrics': server,
      '^/$': { target: server, bypass: (request) => (request.method === 'POST' ? undefined : '/index.html') },
    },
  },
  test: {
    environment: 'jsdom',
    include: ['src/**/*.test.{ts,tsx}'],
    setupFiles: ['src/test-setup.ts'],
  },
});

/** Cloudscape's global styles bring a font as base64 in eight weights. As files a browser fetches only those it shows. */
function fontsAsFiles() {
  return {
    name: 'fonts-as-files',
    enforce: 'pre' as const,
    transform(this: { emitFile(file: object): string }, code: string, id: string) {
      if (!id.includes('@cloudscape-design/global-styles') || !code.includes('base64,')) return null;
      let count = 0;
      return code.replace(
        /url\(\s*["']?data:[^;,)]*(?:;[^;,)]*)*;base64,([A-Za-z0-9+/=]+)["']?\s*\)/g,
        (_, data: string) => {
          count += 1;
          const reference = this.emitFile({
            type: 'asset',
            name: `font-${count}.woff2`,
            source: Buffer.from(data, 'base64'),
          });
          return `url("__VITE_ASSET__${reference}__")`;
        },
      );
    },
  };
}

/**
 * A release of the components names its custom properties with a hash (`--color-text-body-default-b2us04`), and no release of the
 * design tokens need have the same. Without this the tokens would fall back to the light theme's colours.
 */
function tokensOfComponents() {
  const styles = 'node_modules/@cloudscape-design/components/internal/base-theme/styles.scoped.css';
  const css = readFileSync(resolve(import.meta.dirname, styles), 'utf8');
  const names = new Map([...css.matchAll(/--([\w-]+)-\w{6}(?=:)/g)].map(([name, stem]) => [stem, name]));
  return {
    name: 'tokens-of-components',
    enforce: 'pre' as const,
    transform(code: string, id: string) {
      if (!id.includes('@cloudscape-design/design-tokens/index.js')) return null;
      return code.replace(/--([\w-]+)-\w{6}(?=,)/g, (name, stem: string) => names.get(stem) ?? name);
    },
  };
}
