import { setTimeout as delay } from 'node:timers/promises';
import { MAX_PAGE_EVENTS, type ConversationPage, type TypingPiece } from '@/contract/conversation';
import { isFinal } from '@/contract/run';
import { lateness } from '@/server/lateness';
import { log } from '@/server/log';
import { processState } from '@/server/process-state';
import { readEdge, readPageFrom } from '@/server/runs/conversation/conversation-page';
import { LogLines } from '@/server/runs/conversation/log-lines';
import { TypingBlocks, type TypedSoFar } from '@/server/runs/conversation/typing-blocks';
import { joinRunLog } from '@/server/runs/run-log-hub';
import type { Masker } from '@/server/secrets/mask';
import { runMasker } from '@/server/secrets/run-masker';

/** How often the row is asked while nothing is known to be on its way. */
const ASK_EVERY_MS = 500;
/** A line stands in the log a moment before its event is stored: how soon to ask, and again, twice as long each time. */
const FIRST_ASK_MS = 20;
/** Between two looks at a log that grows. */
const LOOK_GAP_MS = 20;
/** After a failure: the database is away, or the disk. */
const RETRY_MS = 1_000;
const KEPT_PAGES = 16;
const PARTIAL_MESSAGE = '{"type":"stream_event"';

/**
 * The conversation of one run as all its viewers in this process share it: one reader of the log, which tells when to ask, one asker of the row,
 * and each page of events read once for all who stand at the same place.
 */
export class ConversationSource {
  /** Up to here the events are stored. */
  edge = 0;
  /** True when nothing will be added any more. Set only with an edge that is the end. */
  final = false;
  readonly #runId: string;
  readonly #typing = new TypingBlocks();
  readonly #pages = new Map<string, Promise<ConversationPage>>();
  readonly #closing = new AbortController();
  readonly #ready: Promise<void>;
  /** Of the secrets that the run has been given by now; another attempt is given others. */
  #masker: Promise<Masker>;
  #maskedFor = '';
  #version = 0;
  #changed = Promise.withResolvers<void>();

  constructor(runId: string) {
    this.#runId = runId;
    this.#masker = runMasker(runId);
    this.#masker.catch(() => undefined); // whoever needs it is told
    this.#ready = this.#open();
    this.#ready.catch(() => undefined); // each viewer is told when it asks
  }

  /** Resolves when it is known how far the conversation goes. Throws when that cannot be found out. */
  async opened(): Promise<void> {
    await this.#ready;
  }

  /** The page that begins there; null at the edge. */
  async pageFrom(from: number): Promise<ConversationPage | null> {
    if (from >= this.edge) return null;
    const masker = await this.#masker;
    const key = `${from} ${this.edge}`;
    const page = this.#pages.get(key) ?? readPageFrom(this.#runId, from, this.edge, MAX_PAGE_EVENTS, masker);
    this.#pages.delete(key);
    this.#pages.set(key, page);
    page.catch(() => this.#pages.delete(key));
    for (const oldest of this.#pages.keys()) if (this.#pages.size > KEPT_PAGES) this.#pages.delete(oldest);
    return page;
  }

  /** What is being written and was not sent yet. */
  async typingFor(sent: TypedSoFar): Promise<TypingPiece[]> {
    return this.final ? [] : this.#typing.piecesFor(sent, await this.#masker);
  }

  get version(): number {
    return this.#version;
  }

  /** Resolves when there is more than there was at that version, or when the signal fires. */
  async changeAfter(version: number, signal: AbortSignal): Promise<void> {
    if (this.#version !== version || signal.aborted) return;
    const aborted = Promise.withResolvers<void>();
    const end = () => aborted.resolve();
    signal.addEventListener('abort', end, { once: true });
    await Promise.race([this.#changed.promise, aborted.promise]);
    signal.removeEventListener('abort', end);
  }

  close(): void {
    this.#closing.abort();
  }

  async #open(): Promise<void> {
    await this.#ask();
    void this.#keepWatching();
  }

  #tell(): void {
    this.#version++;
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }

  /** The row first says that it is final when the last event is stored. */
  async #ask(): Promise<void> {
    const { parsedUpTo, attempt, status } = await readEdge(this.#runId);
    await this.#maskFor(`${attempt} ${status}`);
    const final = status === null || isFinal(status);
    if (parsedUpTo <= this.edge && final === this.final) return;
    this.edge = Math.max(this.edge, parsedUpTo);
    this.final = final;
    this.#typing.settle(this.edge);
    if (final) this.#typing.clear();
    this.#tell();
  }

  async #maskFor(standing: string): Promise<void> {
    if (standing === this.#maskedFor) return;
    const masker = runMasker(this.#runId);
    await masker;
    this.#masker = masker;
    this.#maskedFor = standing;
  }

  /** Without the log nothing tells when to ask; so a log that cannot be read is tried again. */
  async #keepWatching(): Promise<void> {
    const { signal } = this.#closing;
    while (!signal.aborted && !this.final) {
      try {
        await this.#watch(signal);
      } catch (error) {
        log().warn({ err: error, runId: this.#runId }, 'conversation: cannot be followed, trying again');
        await delay(RETRY_MS, undefined, { signal, ref: false }).catch(() => undefined); // the loop sees the abort
      }
    }
  }

  async #watch(signal: AbortSignal): Promise<void> {
    const { log: shared, leave } = joinRunLog(this.#runId);
    const lines = new LogLines(this.edge);
    let position = this.edge;
    let awaited = this.edge;
    let askAgain = FIRST_ASK_MS;
    let asked = performance.now();
    try {
      while (!signal.aborted && !this.final) {
        const chunk = await shared.out.chunkAt(position, false);
        if (chunk) {
          position = chunk.to;
          const whole = this.#look(lines.take(chunk), await this.#masker);
          if (whole > awaited) [awaited, askAgain] = [whole, FIRST_ASK_MS];
        }
        const pause = awaited > this.edge ? askAgain : ASK_EVERY_MS;
        if (performance.now() - asked >= pause) {
          await this.#ask();
          asked = performance.now();
          askAgain = Math.min(ASK_EVERY_MS, askAgain * 2);
        }
        if (chunk && shared.out.isBehind(position)) continue;
        await growthOf(shared.out, position, Math.max(LOOK_GAP_MS, pause - (performance.now() - asked)), signal);
      }
    } finally {
      await leave();
    }
  }

  /** Where the last whole line ends that will be an event; 0 when there is none. */
  #look(lines: ReturnType<LogLines['take']>, masker: Masker): number {
    let whole = 0;
    let typed = false;
    for (const line of lines) {
      if (!line.text.startsWith(PARTIAL_MESSAGE)) whole = line.to;
      else if (this.#typing.take(line.text, line.from, masker)) typed = true;
    }
    if (typed) this.#tell();
    return whole;
  }
}

/** Resolves when the file has grown past the position, but not at once, so that what comes together goes out together. */
async function growthOf(file: { onGrowth(from: number, wake: () => void): () => void }, position: number, milliseconds: number, signal: AbortSignal): Promise<void> {
  const woken = Promise.withResolvers<boolean>();
  const end = (): void => woken.resolve(false);
  const timer = setTimeout(end, milliseconds).unref();
  const forget = file.onGrowth(position, () => woken.resolve(true));
  signal.addEventListener('abort', end, { once: true });
  const hasGrown = await woken.promise;
  signal.removeEventListener('abort', end);
  clearTimeout(timer);
  forget();
  if (hasGrown && !signal.aborted) await delay(LOOK_GAP_MS + lateness(), undefined, { signal, ref: false }).catch(() => undefined);
}

/** Joins the viewers of a run's conversation. Each must call `leave` once; with the last one the source ends. */
export function joinConversation(runId: string): { source: ConversationSource; leave: () => void } {
  const hub = processState('conversation-hub', () => new Map<string, { source: ConversationSource; viewers: number }>());
  const entry = hub.get(runId) ?? { source: new ConversationSource(runId), viewers: 0 };
  hub.set(runId, entry);
  entry.viewers++;
  return {
    source: entry.source,
    leave: () => {
      if (--entry.viewers > 0) return;
      hub.delete(runId);
      entry.source.close();
    },
  };
}
