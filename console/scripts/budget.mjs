// What a browser loads for a view, gzipped: `npm run budget` fails when it is more than it may be. Fonts, of which a browser takes only
// those it shows, and what is fetched later on are not counted.
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

const dist = new URL('../dist/', import.meta.url);
const manifest = JSON.parse(readFileSync(new URL('manifest.json', dist), 'utf8'));
const views = [
  { name: 'console, first load', kilobytes: 400, entries: ['index.html', 'src/pages/state-machines/index.tsx'] },
  { name: 'Studio', kilobytes: 550, entries: ['index.html', 'src/studio/index.tsx'] },
  {
    name: 'Studio in code mode',
    kilobytes: 850,
    entries: ['index.html', 'src/studio/index.tsx', 'src/studio/code/definition-editor.tsx'],
  },
];

function filesOf(key, seen = new Set()) {
  const chunk = manifest[key];
  if (!chunk) throw new Error(`${key} is no chunk of the build`);
  if (seen.has(key)) return [];
  seen.add(key);
  return [chunk.file, ...(chunk.css ?? []), ...(chunk.imports ?? []).flatMap((next) => filesOf(next, seen))];
}

let isOver = false;
for (const { name, kilobytes, entries } of views) {
  const files = new Set(entries.flatMap((entry) => filesOf(entry)));
  let bytes = 0;
  for (const file of files) bytes += gzipSync(readFileSync(new URL(file, dist)), { level: 9 }).length;
  const size = Math.round(bytes / 100) / 10;
  isOver ||= size > kilobytes;
  console.log(`${size > kilobytes ? 'OVER' : 'ok  '} ${name}: ${size} KB of ${kilobytes} KB`);
}
process.exit(isOver ? 1 : 0);
