import { setTimeout as sleep } from 'node:timers/promises';
import type { ContainerEngine, Terminal } from '@/server/containers/engine';
import { AnyonError, isAnyonError } from '@/server/errors';
import { log } from '@/server/log';
import { createMasker } from '@/server/secrets/mask';
import { Bell } from '@/server/workspaces/terminals/bell';
import { CONTAINER_STOPPED, endWords } from '@/server/workspaces/terminals/end-words';
import { MaskedOutput } from '@/server/workspaces/terminals/masked-output';
import { OutputRing } from '@/server/workspaces/terminals/output-ring';
import { TerminalSecrets } from '@/server/workspaces/terminals/terminal-secrets';
import { encodeFrame, FrameDecoder, keysFrame, sizeFrame, type TerminalFrame } from '@/server/workspaces/terminals/terminal-frames';

/** Somebody who looks at a terminal: how far, and when something was last taken. */
export interface TerminalViewer {
  position: number;
  tookAt: number;
}

const KEPT_BYTES = 512 * 1024;
/** Nothing more is read from the engine while everybody who looks is this much behind; the program then waits. */
const MOST_BEHIND_BYTES = 128 * 1024;
/** Who takes nothing for so long does not hold the program up. */
const STALLED_MS = 3_000;
/** The holder lets go of who is silent for a minute. */
const PING_MS = 10_000;
/** The holder sends 128 KiB ahead of what it was told is taken. */
const TELL_BYTES = 32 * 1024;
const ANSWER_MS = 10_000;
const FIRST_RETRY_MS = 200;
const LAST_RETRY_MS = 5_000;
const NOTHING = Buffer.alloc(0);

export interface LiveTerminalOptions {
  id: string;
  workspaceId: string;
  containerId: string;
  engine: ContainerEngine;
  /** Called once, when the shell is over. Until it is done nobody is told. */
  onEnd: (reason: string) => Promise<void>;
}

/**
 * The one attachment of this process to a shell in a container, shared by everybody who looks at it. It is made again whenever it
 * breaks, from the byte where it was: the holder in the container keeps the shell and its last output.
 */
export class LiveTerminal {
  readonly ring = new OutputRing(KEPT_BYTES);
  readonly bell = new Bell();
  readonly viewers = new Set<TerminalViewer>();
  size: { columns: number; rows: number } | null = null;
  attached = false;
  endReason: string | null = null;
  readonly #options: LiveTerminalOptions;
  readonly #ending = new AbortController();
  readonly #output = new MaskedOutput(createMasker([]), (bytes) => {
    this.ring.append(bytes);
    this.bell.ring();
  });
  readonly #secrets: TerminalSecrets;
  /** Raw bytes taken so far; the ring is behind by what masking holds back. */
  #received = 0;
  /** How far the output reached when we were attached last. */
  #known = Infinity;
  #terminal: Terminal | null = null;
  readonly #answers = new Map<string, (verdict: string) => void>();

  constructor(options: LiveTerminalOptions) {
    this.#options = options;
    this.#secrets = new TerminalSecrets(options.workspaceId, (masker) => this.#output.use(masker));
    void this.#keepAttached();
  }

  /** What the holder has kept is here, so that a position can be found in it. */
  get isWhole(): boolean {
    return this.ring.end >= this.#known || this.endReason !== null;
  }

  /** Types into the shell; true once the shell's holder has it, false when the program does not read and there is no room. */
  async type(tab: string, sequence: number, data: string): Promise<boolean> {
    const terminal = await this.#whenAttached();
    const key = `${tab} ${sequence}`;
    const answer = Promise.withResolvers<string>();
    this.#answers.set(key, answer.resolve);
    const timer = setTimeout(() => answer.resolve('none'), ANSWER_MS);
    try {
      await terminal.write(keysFrame(tab, sequence, data));
      const verdict = await answer.promise;
      if (verdict === 'none') throw new AnyonError('unavailable', 'The terminal does not answer. It is tried again.');
      return verdict === 'taken';
    } finally {
      clearTimeout(timer);
      this.#answers.delete(key);
    }
  }

  async resize(columns: number, rows: number): Promise<void> {
    if (this.size?.columns === columns && this.size.rows === rows) return;
    await (await this.#whenAttached()).write(sizeFrame(columns, rows));
  }

  /** A program that has the whole screen draws it anew: for who has missed something. */
  redraw(): void {
    void this.#terminal?.write(encodeFrame('W', NOTHING)).catch(() => undefined);
  }

  /** Ends what this process has to do with it; the shell goes on. */
  letGo(): void {
    this.#ending.abort();
    this.#output.restart();
    this.bell.ring();
  }

  async #whenAttached(): Promise<Terminal> {
    const until = Date.now() + ANSWER_MS;
    while (!this.attached || !this.#terminal) {
      if (this.endReason !== null) throw new AnyonError('precondition', `This terminal has ended. ${this.endReason}`);
      if (Date.now() >= until || this.#ending.signal.aborted) throw new AnyonError('unavailable', 'The terminal cannot be reached at the moment. It is tried again.');
      await this.bell.heard({ signal: this.#ending.signal, withinMs: 500 });
    }
    return this.#terminal;
  }

  async #keepAttached(): Promise<void> {
    const { signal } = this.#ending;
    for (let delay = FIRST_RETRY_MS; !signal.aborted && this.endReason === null; delay = Math.min(delay * 2, LAST_RETRY_MS)) {
      try {
        await this.#attach(signal);
        if (this.attached) delay = FIRST_RETRY_MS;
      } catch (error) {
        if (!signal.aborted) await this.#judge(error);
      }
      this.#setAttached(false);
      if (this.endReason === null) await sleep(delay, undefined, { signal }).catch(() => undefined);
    }
  }

  /** A container that does not run holds no shell; everything else is tried again. */
  async #judge(error: unknown): Promise<void> {
    try {
      if (isAnyonError(error) && (error.kind === 'not_found' || error.kind === 'precondition')) return await this.#end(CONTAINER_STOPPED);
      log().warn({ err: error, terminalId: this.#options.id }, 'terminal: cannot be reached');
    } catch (failure) {
      log().warn({ err: failure, terminalId: this.#options.id }, 'terminal: its end could not be stored');
    }
  }

  async #attach(signal: AbortSignal): Promise<void> {
    const { engine, containerId, id } = this.#options;
    await this.#secrets.look();
    const terminal = await engine.openTerminal(containerId, { argv: ['anyon-terminal', 'attach', id, String(this.#received)] }, signal);
    this.#terminal = terminal;
    const decoder = new FrameDecoder();
    let told = this.#received;
    const endLooking = this.#secrets.keepLooking();
    const ping = setInterval(() => void terminal.write(encodeFrame('P', NOTHING)).catch(() => undefined), PING_MS);
    try {
      for await (const chunk of terminal.output()) {
        for (const frame of decoder.push(chunk)) await this.#take(frame);
        await this.#room(signal);
        if (Math.abs(this.#received - told) < TELL_BYTES) continue;
        told = this.#received;
        await terminal.write(encodeFrame('T', Buffer.from(String(told))));
      }
    } finally {
      clearInterval(ping);
      endLooking();
      this.#terminal = null;
      for (const answer of this.#answers.values()) answer('none');
      terminal.close();
    }
  }

  async #take({ letter, content }: TerminalFrame): Promise<void> {
    if (letter === 'O') {
      this.#received += content.length;
      this.#output.push(content);
    } else if (letter === 'H') this.#begin(content.toString('latin1'));
    else if (letter === 'A' && content.length >= 40) this.#answers.get(`${content.toString('latin1', 0, 36)} ${content.readUInt32BE(36)}`)?.(content.toString('latin1', 40, 50));
    else if (letter === 'S') this.#resized(/^(\d{1,4}) (\d{1,4})$/.exec(content.toString('latin1')));
    else if (letter === 'E') await this.#end(endWords(content.toString('latin1', 0, 120)));
  }

  /** Where the output begins that follows: where we were, unless the holder has forgotten that. */
  #begin(greeting: string): void {
    const [, at, end, ...size] = /^(\d{1,15}) (\d{1,15}) (\d{1,4}) (\d{1,4})$/.exec(greeting) ?? [];
    if (at === undefined) throw new AnyonError('unavailable', 'The terminal in the container greets in a language that is none of its own. Close it and open another.');
    if (Number(at) !== this.#received) {
      this.#output.restart();
      this.#received = Number(at);
      this.ring.restart(this.#received);
    }
    this.#known = Number(end);
    this.#resized([greeting, ...size]);
    this.#setAttached(true);
  }

  #resized(found: readonly (string | undefined)[] | null): void {
    if (!found) return;
    this.size = { columns: Number(found[1]), rows: Number(found[2]) };
    this.bell.ring();
  }

  async #end(reason: string): Promise<void> {
    if (this.endReason !== null) return;
    this.#output.flush();
    await this.#options.onEnd(reason);
    this.endReason = reason;
    this.bell.ring();
  }

  #setAttached(attached: boolean): void {
    this.attached = attached;
    this.bell.ring();
  }

  /** Waits while nobody who still takes something can take more. */
  async #room(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const taking = [...this.viewers].filter(({ tookAt }) => Date.now() - tookAt < STALLED_MS);
      if (taking.length === 0 || taking.some(({ position }) => this.ring.end - position < MOST_BEHIND_BYTES)) return;
      await this.bell.heard({ signal, withinMs: 500 });
    }
  }
}
