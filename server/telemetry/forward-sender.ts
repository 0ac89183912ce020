import { FluentClient, FluentSocketEvent } from '@fluent-org/logger';
import os from 'node:os';
import { env } from '@/server/env';
import { AnyonError } from '@/server/errors';
import { forwardAddress } from '@/server/telemetry/forward-address';

/** What a collector gets of one line. */
export interface ForwardRecord {
  at: Date;
  fields: Record<string, unknown>;
}

/** A collector that has not acknowledged a batch by then gets it again. */
const PATIENCE_MS = 10_000;
/** A connection on which nothing moves is dropped, also one that the other side does not close. */
const IDLE_MS = 60_000;

/** The connection to the log collector of ANYON_FORWARD_ADDRESS, by Fluentd's forward protocol. Opened when something is sent, and anew after a failure. */
export class ForwardSender {
  readonly #patienceMs: number;
  #client: FluentClient | null = null;

  constructor(patienceMs = PATIENCE_MS) {
    this.#patienceMs = patienceMs;
  }

  /** Returns when the collector has acknowledged all of them. Throws when it has not in time: then it may have some, or all. */
  async send(tag: string, records: readonly ForwardRecord[]): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new AnyonError('unavailable', 'The log collector does not answer.')), this.#patienceMs);
    });
    try {
      await Promise.race([this.#emit(tag, records), late]);
    } catch (error) {
      this.close();
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  close(): void {
    const client = this.#client;
    this.#client = null;
    client?.shutdown().catch(() => {}); // what was under way is sent again
  }

  async #emit(tag: string, records: readonly ForwardRecord[]): Promise<void> {
    if (!this.#client?.writable) {
      this.close();
      this.#client = makeClient(this.#patienceMs);
      await this.#client.connect();
    }
    const client = this.#client;
    await Promise.all(records.map(async ({ at, fields }) => client.emit(tag, fields, at))); // of one tick, so they go as one batch
  }
}

function makeClient(ackTimeout: number): FluentClient {
  const { ANYON_FORWARD_SHARED_KEY: sharedKey, ANYON_FORWARD_TLS: tls } = env();
  const { host, port } = forwardAddress();
  const client = new FluentClient(null, {
    eventMode: 'PackedForward',
    milliseconds: true,
    ack: { ackTimeout },
    socket: { host, port, disableReconnect: true, timeout: IDLE_MS, ...(tls === 'on' && { tls: { servername: host } }) },
    ...(sharedKey !== undefined && { security: { clientHostname: os.hostname(), sharedKey } }),
  });
  client.socketOn(FluentSocketEvent.ERROR, () => {}); // whoever sends is told
  return client;
}
