/** Our own signs: strokes in a square of 24, drawn white on a tile of their kind's colour. */
import type { State } from '../asl/types';
import { actionOf } from './describe';
import { type Category, serviceCategory } from './services';

const strokes = {
  choice: ['M12 3.5 20.5 12 12 20.5 3.5 12Z', 'M9 12h6'],
  wait: ['M12 3.5a8.5 8.5 0 1 0 0 17a8.5 8.5 0 1 0 0-17', 'M12 7.5V12l3 2'],
  pass: ['M4 12h15', 'M13.5 6.5 19 12l-5.5 5.5'],
  succeed: ['M5 12.5 10 17.5 19.5 7'],
  fail: ['M6.5 6.5l11 11', 'M17.5 6.5l-11 11'],
  parallel: ['M12 3.5v4', 'M5.5 20.5v-8a5 5 0 0 1 5-5h3a5 5 0 0 1 5 5v8', 'M12 7.5v13'],
  map: ['M12 3.5 21 8l-9 4.5L3 8Z', 'M3 12.2l9 4.5 9-4.5', 'M3 16.3l9 4.5 9-4.5'],
  task: ['M4.5 4.5h15v15h-15Z', 'M8.5 12.2l2.5 2.5 4.5-5'],
  unknown: ['M8.5 9a3.5 3.5 0 1 1 5 3.2c-1 .5-1.5 1.2-1.5 2.3', 'M12 18.2v.3'],
  lambda: ['M7 4h2.2c1 0 1.5.5 1.9 1.4L17 19.6h2', 'M11.8 9.5 6.5 20'],
  compute: ['M4 4.5h16v6H4Z', 'M4 13.5h16v6H4Z', 'M7.3 7.5h.1', 'M7.3 16.5h.1', 'M11 7.5h6', 'M11 16.5h6'],
  containers: ['M12 3 20 7.5v9L12 21l-8-4.5v-9Z', 'M4 7.5l8 4.5 8-4.5', 'M12 12v9'],
  database: [
    'M5 6.5a7 3 0 1 0 14 0a7 3 0 1 0-14 0',
    'M5 6.5v11c0 1.7 3.1 3 7 3s7-1.3 7-3v-11',
    'M5 12c0 1.7 3.1 3 7 3s7-1.3 7-3',
  ],
  messaging: ['M3.5 5.5h17v13h-17Z', 'M3.5 7l8.5 6.5L20.5 7'],
  storage: ['M4 7a8 2.6 0 1 0 16 0a8 2.6 0 1 0-16 0', 'M4 7l2 11.5c.2 1.2 2.8 2 6 2s5.8-.8 6-2L20 7'],
  network: ['M12 8.5V12', 'M12 12H5.5v3.5', 'M12 12h6.5v3.5', 'M9.5 3.5h5v5h-5Z', 'M3 15.5h5v5H3Z', 'M16 15.5h5v5h-5Z'],
  management: ['M4 7h9', 'M17 7h3', 'M13 4.5h4v5h-4Z', 'M4 17h3', 'M11 17h9', 'M7 14.5h4v5H7Z'],
  security: ['M12 3 19.5 6v5.5c0 4.5-3 7.8-7.5 9.5-4.5-1.7-7.5-5-7.5-9.5V6Z', 'M8.8 12l2.3 2.3 4.2-4.6'],
  analytics: ['M4 20.5h16', 'M6.5 17v-5', 'M12 17V4.5', 'M17.5 17V9'],
  learning: [
    'M12 3.5c.7 5 2.5 6.8 7.5 7.5-5 .7-6.8 2.5-7.5 7.5-.7-5-2.5-6.8-7.5-7.5 5-.7 6.8-2.5 7.5-7.5Z',
    'M18.5 17v4',
    'M16.5 19h4',
  ],
  developer: ['M8.5 7 3.5 12l5 5', 'M15.5 7l5 5-5 5', 'M13.5 4.5l-3 15'],
  workflow: ['M8.5 3.5h7v5h-7Z', 'M8.5 15.5h7v5h-7Z', 'M12 8.5v7'],
  activity: ['M12 3.5a3.8 3.8 0 1 0 0 7.6a3.8 3.8 0 1 0 0-7.6', 'M4.5 20.5c.5-4 3.5-6 7.5-6s7 2 7.5 6'],
  http: [
    'M12 3.5a8.5 8.5 0 1 0 0 17a8.5 8.5 0 1 0 0-17',
    'M3.5 12h17',
    'M12 3.5c-5 5-5 12 0 17',
    'M12 3.5c5 5 5 12 0 17',
  ],
  again: ['M19.5 5v5h-5', 'M19 10a7.5 7.5 0 1 0 .5 4.5'],
  undo: ['M8.5 5.5 4 10l4.5 4.5', 'M4 10h9.5a5 5 0 0 1 0 10H9'],
  pages: ['M8 3.5h11.5V17H8Z', 'M8 7H4.5v13.5H16V17', 'M11.5 8h4.5', 'M11.5 12h4.5'],
  broom: ['M14.5 9.5 20 4', 'M10.5 8.5l5 5-2 6.5c-4.5 0-8.5-4-9.5-9.5Z', 'M8.2 15.8l2-2.3'],
  other: [
    'M9 4.5H8c-1.5 0-2 .8-2 2v3c0 1.5-.8 2.5-2 2.5 1.2 0 2 1 2 2.5v3c0 1.2.5 2 2 2h1',
    'M15 4.5h1c1.5 0 2 .8 2 2v3c0 1.5.8 2.5 2 2.5-1.2 0-2 1-2 2.5v3c0 1.2-.5 2-2 2h-1',
  ],
} satisfies Record<string, string[]>;

export type Glyph = keyof typeof strokes;

export interface Tile {
  glyph: Glyph;
  colour: string;
}

/** Dark enough for a white sign (3:1 and more), light enough for a dark page. */
const colours: Record<Category, string> = {
  compute: '#d9661a',
  containers: '#b8531c',
  database: '#3f57d8',
  messaging: '#d4317a',
  storage: '#3d8b2f',
  network: '#7f4ad8',
  management: '#b03a94',
  security: '#cf3341',
  analytics: '#6544c4',
  learning: '#0b8577',
  developer: '#3d6fd6',
  workflow: '#c8327f',
  other: '#647184',
};
const FLOW = '#1579a6';

const flow: Record<string, Tile> = {
  Choice: { glyph: 'choice', colour: FLOW },
  Wait: { glyph: 'wait', colour: FLOW },
  Pass: { glyph: 'pass', colour: FLOW },
  Parallel: { glyph: 'parallel', colour: FLOW },
  Map: { glyph: 'map', colour: FLOW },
  Task: { glyph: 'task', colour: FLOW },
  Succeed: { glyph: 'succeed', colour: '#23843a' },
  Fail: { glyph: 'fail', colour: '#c9302c' },
};

export function glyphStrokes(glyph: Glyph): readonly string[] {
  return strokes[glyph];
}

/** `category`: where the catalog knows better than the short list of well-known services. */
export function serviceTile(service: string, category?: string): Tile {
  if (service === 'lambda') return { glyph: 'lambda', colour: '#e07325' };
  if (service === 'activity') return { glyph: 'activity', colour: colours.workflow };
  if (service === 'http') return { glyph: 'http', colour: colours.network };
  const known = serviceCategory(service);
  const kind = known === 'other' && category !== undefined && category in colours ? (category as Category) : known;
  return { glyph: kind, colour: colours[kind] };
}

export function typeTile(type: string | null): Tile {
  return flow[type ?? ''] ?? { glyph: 'unknown', colour: colours.other };
}

export function stateTile(state: State): Tile {
  const action = state.type === 'Task' ? actionOf(state.value) : null;
  return action ? serviceTile(action.service) : typeTile(state.type);
}
