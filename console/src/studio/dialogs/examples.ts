import type { Language } from '../../asl/types';

/** The repository's examples, as far as they are there when the console is built. */
const files = import.meta.glob<string>('../../../../examples/*/statemachine/*.asl.{json,yaml}', {
  query: '?raw',
  import: 'default',
});

const descriptions: Record<string, string> = {
  'patch-report': 'Reads the patches that instances lack and publishes a report',
  'rolling-restart': 'Restarts the servers of a target group, a few at a time',
};

export const examples = Object.entries(files).map(([path, load]) => {
  const name = path.split('/').at(-3) ?? '';
  const language: Language = path.endsWith('.json') ? 'json' : 'yaml';
  return { name, description: descriptions[name] ?? '', language, load };
});
