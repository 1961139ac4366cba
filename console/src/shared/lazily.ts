import { type ComponentType, lazy } from 'react';

/** Until the page itself has what it needs. */
const restMillis = 1_000;
let ahead: Promise<unknown> = new Promise((resolve) => setTimeout(resolve, restMillis));

/** `lazy`, and loaded ahead once the page has come to rest: when it is wanted the server may be away. */
export function lazily<Props>(load: () => Promise<{ default: ComponentType<Props> }>) {
  // One after another; what does not come now is tried again when it is wanted.
  ahead = ahead.then(load).catch(() => {});
  return lazy(load);
}
