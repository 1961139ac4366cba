/** Test events that are kept for a function, the last saved first. Pure. */
export interface TestEvent {
  name: string;
  payload: string;
}

const most = 20;

export const remember = (events: TestEvent[], name: string, payload: string): TestEvent[] =>
  [{ name, payload }, ...forget(events, name)].slice(0, most);

export const forget = (events: TestEvent[], name: string): TestEvent[] => events.filter((one) => one.name !== name);
