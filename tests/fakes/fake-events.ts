import { EventEmitter, on } from 'node:events';
import type { EngineEvent, Labels } from '@/server/containers/engine';
import { carries, type FakeContainer } from '@/tests/fakes/fake-container';

/** What the engine in memory tells of its containers, and remembers of what it has told. */
export class FakeEvents {
  readonly #emitter = new EventEmitter();
  readonly #past: EngineEvent[] = [];

  constructor() {
    this.#emitter.setMaxListeners(0);
  }

  tell(action: string, { id, labels }: FakeContainer): void {
    const event: EngineEvent = { action, containerId: id, labels, at: new Date().toISOString() };
    this.#past.push(event);
    this.#emitter.emit('event', event);
  }

  /** Resolves with the next one, whichever it is; rejects with the signal's reason. */
  next(signal: AbortSignal | undefined): Promise<unknown> {
    return EventEmitter.once(this.#emitter, 'event', signal ? { signal } : {}).catch((error: unknown) => {
      signal?.throwIfAborted();
      throw error;
    });
  }

  /** Those of objects with these labels until the signal, first what was told since a time. */
  async *follow(labels: Labels, signal: AbortSignal, since?: string): AsyncGenerator<EngineEvent, void, void> {
    const missed = since === undefined ? [] : this.#past.filter((event) => event.at >= since && carries(event, labels));
    try {
      yield* missed;
      for await (const [event] of on(this.#emitter, 'event', { signal }) as AsyncIterable<[EngineEvent]>) {
        if (carries(event, labels)) yield event;
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }
}
