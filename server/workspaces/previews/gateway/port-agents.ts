import http from 'node:http';
import type { Duplex } from 'node:stream';
import { containerEngine } from '@/server/containers/container-engine';
import { PortSocket } from '@/server/workspaces/previews/gateway/port-socket';

/** Connections of one preview for requests; further requests wait. Each is a small process in the container. */
const MOST_CONNECTIONS = 16;
const MOST_IDLE = 8;
/** An idle connection is let go before the servers that people develop with do so: Node after 5 s. */
const IDLE_MS = 4_000;
const SWEEP_MS = 60_000;

class PortAgent extends http.Agent {
  readonly #dial: (signal: AbortSignal) => Promise<Duplex>;

  constructor(dial: (signal: AbortSignal) => Promise<Duplex>) {
    super({ keepAlive: true, maxSockets: MOST_CONNECTIONS, maxFreeSockets: MOST_IDLE, timeout: IDLE_MS, scheduling: 'lifo' });
    this.#dial = dial;
  }

  override createConnection(): Duplex {
    return new PortSocket(this.#dial);
  }

  get isUnused(): boolean {
    return [this.sockets, this.freeSockets, this.requests].every((held) => Object.keys(held).length === 0);
  }
}

/** The connections into workspaces, kept for the next request: one pool for each port of each container. */
export class PortAgents {
  readonly #agents = new Map<string, PortAgent>();
  readonly #sweep = setInterval(() => this.#letGo(), SWEEP_MS).unref();

  of(containerId: string, port: number): http.Agent {
    const key = `${containerId} ${port}`;
    const known = this.#agents.get(key);
    if (known) return known;
    const made = new PortAgent((signal) => containerEngine().dialPort(containerId, port, signal));
    this.#agents.set(key, made);
    return made;
  }

  close(): void {
    clearInterval(this.#sweep);
    for (const agent of this.#agents.values()) agent.destroy();
  }

  #letGo(): void {
    for (const [key, agent] of this.#agents) if (agent.isUnused) this.#agents.delete(key);
  }
}
