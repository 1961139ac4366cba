import { readStored, writeStored } from '../../shared/useStored';

/** What was added last, over all workflows. */
const key = 'stepwright.studio.recent';

export const recent = () => readStored<string[]>(key, []);

export function rememberRecent(id: string) {
  writeStored(key, [id, ...recent().filter((one) => one !== id)].slice(0, 6));
}
