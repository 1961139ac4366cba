/**
 * One stream a page, however many components listen to. It is read with `fetch`, for an EventSource can neither be given a position
 * nor say why it failed.
 */
import { useEffect, useRef } from 'react';
import { isAway, markAway, onReturn } from './connection';
import { ApiError } from './errors';
import { onSignIn, request } from './http';
import { sseParser } from './sse';
import type { StreamMessages } from './types';
import { uiPath } from './ui';

export type Topic = 'executions' | 'tasks' | `execution:${string}`;
type MessageOf<T extends Topic> = StreamMessages[T extends 'executions' | 'tasks' ? T : 'execution'];

export interface Listener<T extends Topic> {
  onMessage(message: MessageOf<T>): void;
  /** Something may have been missed: ask for the whole again. Also called now and then while there is no stream. */
  onMissed?(): void;
  /** Of an execution: the last event that is known, behind which the stream goes on. */
  after?(): number | undefined;
}

/** null as topic: nothing to listen to. */
export function useTopic<T extends Topic>(topic: T | null, listener: Listener<T>) {
  const latest = useRef(listener);
  latest.current = listener;
  useEffect(() => {
    if (topic === null) return;
    return stream.listen(topic, {
      onMessage: (message) => latest.current.onMessage(message as MessageOf<T>),
      onMissed: () => latest.current.onMissed?.(),
      after: () => latest.current.after?.(),
    });
  }, [topic]);
}

interface Heard {
  onMessage(message: unknown): void;
  onMissed(): void;
  after(): number | undefined;
}

const pollMillis = 3_000;
const hiddenMillis = 30_000;
/** The server says something every 15 s. */
const silenceMillis = 45_000;

class Stream {
  private readonly topics = new Map<Topic, Set<Heard>>();
  private position = '';
  /** Those that the position says something of. */
  private placed: ReadonlySet<Topic> = new Set();
  private connection: AbortController | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private hiding: ReturnType<typeof setTimeout> | undefined;
  private failures = 0;
  private isListening = false;

  listen(topic: Topic, heard: Heard): () => void {
    this.watchPage();
    const those = this.topics.get(topic) ?? new Set();
    this.topics.set(topic, those.add(heard));
    if (those.size === 1) this.connectSoon(0);
    return () => {
      those.delete(heard);
      if (those.size > 0) return;
      this.topics.delete(topic);
      this.connectSoon(0);
    };
  }

  private watchPage() {
    if (this.isListening) return;
    this.isListening = true;
    onReturn(() => this.connectSoon(0));
    onSignIn(() => this.connectSoon(0));
    document.addEventListener('visibilitychange', () => {
      clearTimeout(this.hiding);
      if (document.hidden) {
        this.hiding = setTimeout(() => {
          this.connection?.abort();
          this.connection = null;
        }, hiddenMillis);
      } else if (!this.connection) this.connectSoon(0);
    });
  }

  private connectSoon(delayMillis: number) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.connect(), delayMillis);
  }

  private async connect() {
    this.connection?.abort();
    this.connection = null;
    if (this.topics.size === 0 || isAway()) return;
    const connection = new AbortController();
    this.connection = connection;
    try {
      await this.read(connection);
      this.failures += 1;
    } catch (error) {
      if (connection.signal.aborted) return;
      // Without somebody who is signed in there is nothing to ask for.
      if (error instanceof ApiError && error.status === 401) return;
      this.failures += 1;
      if (error instanceof TypeError) markAway();
    }
    if (this.connection !== connection) return;
    this.connection = null;
    // Without a stream what it would tell is asked for.
    if (this.failures > 2) this.tellAllMissed();
    this.connectSoon(this.failures > 2 ? pollMillis : 200 * 2 ** this.failures);
  }

  private async read(connection: AbortController) {
    const listened = [...this.topics];
    const topics = listened.map(([topic, heard]) => {
      const known = knownOf(heard);
      return known === undefined ? topic : `${topic}@${known}`;
    });
    const headers: Record<string, string> = { accept: 'text/event-stream' };
    if (this.position) headers['last-event-id'] = this.position;
    const path = uiPath('stream', { topics: topics.join(',') });
    const response = await request(path, { headers, cache: 'no-store', signal: connection.signal });
    if (!response.body) return;
    // What changed between a page's first question and now is in no message.
    for (const [topic, heard] of listened) {
      if (!this.placed.has(topic) && knownOf(heard) === undefined) for (const one of heard) one.onMissed();
    }
    const parser = sseParser(({ event, data, id }) => {
      this.failures = 0;
      if (id !== undefined) {
        this.position = id;
        this.placed = new Set(listened.map(([topic]) => topic));
      }
      this.tell(event, data);
    });
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    let silence: ReturnType<typeof setTimeout> | undefined;
    try {
      for (;;) {
        // A connection that is cut on its way says nothing.
        silence = setTimeout(() => reader.cancel(), silenceMillis);
        const { done, value } = await reader.read();
        clearTimeout(silence);
        if (done) return;
        parser(value);
      }
    } finally {
      clearTimeout(silence);
    }
  }

  private tell(event: string, data: string) {
    const message = JSON.parse(data);
    const topic: Topic = event === 'execution' ? `execution:${message.arn}` : (event as Topic);
    for (const heard of this.topics.get(topic) ?? []) {
      if (event === 'executions' && message.missed) heard.onMissed();
      heard.onMessage(message);
    }
  }

  private tellAllMissed() {
    for (const those of this.topics.values()) for (const heard of those) heard.onMissed();
  }
}

/** The event up to which all who listen know the execution. */
function knownOf(heard: ReadonlySet<Heard>): number | undefined {
  const known = [...heard].map((one) => one.after()).filter((id) => id !== undefined);
  return known.length > 0 ? Math.min(...known) : undefined;
}

const stream = new Stream();
