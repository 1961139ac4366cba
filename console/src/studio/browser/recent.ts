/** What was added last, over all workflows. */
const key = 'stepwright.studio.recent';

export function recent(): string[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(key) ?? '[]');
    return Array.isArray(kept) ? kept.filter((id) => typeof id === 'string').slice(0, 6) : [];
  } catch {
    return [];
  }
}

export function rememberRecent(id: string) {
  localStorage.setItem(key, JSON.stringify([id, ...recent().filter((one) => one !== id)].slice(0, 6)));
}
