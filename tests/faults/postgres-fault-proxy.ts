import net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** What becomes of everything that passes, from now on and on every connection. What was held back is passed on when it becomes `pass` again. */
export type PostgresFault = 'pass' | 'blackhole' | { delayMs: number } | { bytesPerSecond: number };

/** Where a transaction that sends a text (or a statement that is one by itself) is to stand still: with the statement not sent yet, or committed and its client not told. */
export type Moment = 'before the statement' | 'after the commit';

/** Stands between a process and its Postgres. */
export interface PostgresFaultProxy {
  url: string;
  be(fault: PostgresFault): void;
  /** Ends every connection that is open with a reset; returns how many there were. */
  reset(): number;
  /** The next thing sent with this text is cut in its middle, and the connection reset. Resolves when that has happened. */
  cutInMiddleOf(text: string): Promise<void>;
  /** The next transaction that sends this text stands still there for ever, as does its connection. Resolves when it does. */
  holdAt(moment: Moment, text: string): Promise<void>;
  close(): Promise<void>;
}

interface Trap {
  text: string;
  moment: Moment | 'in its middle';
  struck: () => void;
}

/** `url` is the address of the real one. */
export async function startPostgresFaultProxy(url: string): Promise<PostgresFaultProxy> {
  const target = new URL(url);
  const connections = new Set<Connection>();
  const shared: Shared = { fault: 'pass', trap: null, changed: new Set() };
  const server = net.createServer((client) => {
    const connection = new Connection(client, net.connect(Number(target.port), target.hostname), shared, () => connections.delete(connection));
    connections.add(connection);
  });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  const own = new URL(url);
  own.host = `127.0.0.1:${(server.address() as net.AddressInfo).port}`;
  const arm = (moment: Trap['moment'], text: string) => new Promise<void>((struck) => (shared.trap = { text, moment, struck }));
  return {
    url: own.href,
    be(fault) {
      shared.fault = fault;
      for (const wake of shared.changed) wake();
      shared.changed.clear();
    },
    reset() {
      const open = [...connections];
      for (const connection of open) connection.reset();
      return open.length;
    },
    cutInMiddleOf: (text) => arm('in its middle', text),
    holdAt: (moment, text) => arm(moment, text),
    close: async () => {
      for (const connection of connections) connection.reset();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

interface Shared {
  fault: PostgresFault;
  trap: Trap | null;
  /** Those that wait for another fault. */
  changed: Set<() => void>;
}

/** Messages that the server answers with a ReadyForQuery when all before them is done: Sync and Query (protocol-message-formats in Postgres' manual). */
const QUESTIONS: readonly number[] = [...Buffer.from('SQ')];
const [READY, IDLE] = Buffer.from('ZI');

/** Cuts one direction of a connection into messages: a type, the length of what follows with itself, the body. */
class Messages {
  #rest = Buffer.alloc(0);
  #typeBytes: number;

  /** A client's first message has no type. */
  constructor(options: { startup: boolean }) {
    this.#typeBytes = options.startup ? 0 : 1;
  }

  /** Those that are whole by now. */
  *take(bytes: Buffer): Generator<Buffer> {
    this.#rest = Buffer.concat([this.#rest, bytes]);
    while (this.#rest.length >= this.#typeBytes + 4) {
      const end = this.#typeBytes + this.#rest.readUInt32BE(this.#typeBytes);
      if (this.#rest.length < end) return;
      yield this.#rest.subarray(0, end);
      this.#rest = this.#rest.subarray(end);
      this.#typeBytes = 1;
    }
  }
}

class Connection {
  readonly #client: net.Socket;
  readonly #server: net.Socket;
  readonly #shared: Shared;
  #held = false;
  readonly #questions = new Messages({ startup: true });
  readonly #answers = new Messages({ startup: false });
  /** Questions that were asked, the startup among them, and those that were answered. */
  #asked = 0;
  #answered = 0;
  /** Told with the answer of this number, or the first after it, that leaves no transaction open. */
  #committing: { trap: Trap; answer: number } | null = null;

  constructor(client: net.Socket, server: net.Socket, shared: Shared, onClose: () => void) {
    this.#client = client;
    this.#server = server;
    this.#shared = shared;
    const [up, down] = [this.#lane(server), this.#lane(client)];
    client.on('data', (bytes: Buffer) => this.#fromClient(bytes, up));
    server.on('data', (bytes: Buffer) => this.#fromServer(bytes, down));
    for (const [socket, other] of [[client, server], [server, client]] as const) {
      socket.on('error', () => other.destroy());
      socket.on('close', () => {
        other.destroy();
        onClose();
      });
    }
  }

  reset(): void {
    this.#client.resetAndDestroy();
    this.#server.resetAndDestroy();
  }

  #fromClient(bytes: Buffer, up: (bytes: Buffer) => void): void {
    if (this.#held) return;
    this.#note(bytes);
    const { trap } = this.#shared;
    if (!trap || trap.moment === 'after the commit' || !bytes.includes(trap.text)) return up(bytes);
    this.#shared.trap = null;
    this.#held = true;
    if (trap.moment === 'before the statement') return trap.struck();
    this.#server.write(bytes.subarray(0, Math.floor(bytes.length / 2)), () => {
      this.reset();
      trap.struck();
    });
  }

  /** Counts the questions; the one with the text of a trap for its commit is the next that ends after it. */
  #note(bytes: Buffer): void {
    for (const message of this.#questions.take(bytes)) {
      const { trap } = this.#shared;
      if (trap?.moment === 'after the commit' && message.includes(trap.text)) {
        this.#shared.trap = null;
        this.#committing = { trap, answer: this.#asked + 1 };
      }
      if (this.#asked === 0 || QUESTIONS.includes(message[0] ?? 0)) this.#asked += 1;
    }
  }

  #fromServer(bytes: Buffer, down: (bytes: Buffer) => void): void {
    if (this.#held) return;
    for (const message of this.#answers.take(bytes)) {
      if (message[0] !== READY) continue;
      this.#answered += 1;
      if (!this.#committing || this.#answered < this.#committing.answer || message.at(-1) !== IDLE) continue;
      this.#held = true;
      return this.#committing.trap.struck();
    }
    down(bytes);
  }

  /** Passes bytes on in their order, as the fault of each moment has it. */
  #lane(to: net.Socket): (bytes: Buffer) => void {
    let last = Promise.resolve();
    return (bytes) => {
      last = last.then(() => this.#pass(bytes, to)).catch(() => undefined);
    };
  }

  async #pass(bytes: Buffer, to: net.Socket): Promise<void> {
    let rest = bytes;
    while (rest.length > 0 && !to.destroyed) {
      const { fault } = this.#shared;
      if (fault === 'blackhole') {
        await new Promise<void>((wake) => this.#shared.changed.add(wake));
        continue;
      }
      if (typeof fault === 'object' && 'delayMs' in fault) await sleep(fault.delayMs);
      const now = typeof fault === 'object' && 'bytesPerSecond' in fault ? rest.subarray(0, 1) : rest;
      to.write(now);
      rest = rest.subarray(now.length);
      if (typeof fault === 'object' && 'bytesPerSecond' in fault) await sleep(1_000 / fault.bytesPerSecond);
    }
  }
}
