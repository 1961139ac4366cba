/** Test events that this browser keeps for a function, the last used first. */
export interface TestEvent {
  name: string;
  payload: string;
}

const most = 20;
const key = (of: string) => `stepwright.test-events.${of}`;

export function remembered(of: string): TestEvent[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(key(of)) ?? '[]');
    return Array.isArray(kept)
      ? kept.filter((one) => typeof one?.name === 'string' && typeof one?.payload === 'string')
      : [];
  } catch {
    return [];
  }
}

export function remember(of: string, name: string, payload: string): TestEvent[] {
  return write(of, [{ name, payload }, ...remembered(of).filter((one) => one.name !== name)].slice(0, most));
}

export function forget(of: string, name: string): TestEvent[] {
  return write(
    of,
    remembered(of).filter((one) => one.name !== name),
  );
}

function write(of: string, events: TestEvent[]): TestEvent[] {
  try {
    localStorage.setItem(key(of), JSON.stringify(events));
  } catch {
    // The browser keeps nothing for us, or it is full: they last as long as the page.
  }
  return events;
}
