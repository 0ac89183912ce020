import { setTimeout as sleep } from 'node:timers/promises';
import { uuidv7 } from 'uuidv7';
import type { ReconcileReport } from '@/contract/difference';
import { openSession } from '@/db/client';
import type { BackgroundLoop } from '@/server/background-loops';
import type { ContainerEngine, EngineEvent } from '@/server/containers/engine';
import { databaseUrl } from '@/server/database';
import { env } from '@/server/env';
import { describeError } from '@/server/errors';
import { log } from '@/server/log';
import type { Lead } from '@/server/queue/lead';
import { noteEngineAnswer, noteEngineSilence } from '@/server/workspaces/reconcile/engine-state';
import { inTime } from '@/server/workspaces/reconcile/in-time';
import { reconcile } from '@/server/workspaces/reconcile/reconcile';
import { forgetOldTries, recoverDue } from '@/server/workspaces/reconcile/recover';
import { workspacesWithTask } from '@/server/workspaces/reconcile/read-rows';
import { storeReport } from '@/server/workspaces/reconcile/reports';
import { REQUEST_CHANNEL, requestShape } from '@/server/workspaces/reconcile/request-reconcile';

/** With the time that a look takes: within 30 s, whatever event was lost. */
const CLOCK_MS = 25_000;
/** Directories change seldom: with every so many rounds of the clock. */
const DIRECTORIES_EVERY = 10;
/** Events of one cause come in bursts. */
const GATHER_MS = 250;
const BUSY_MS = 1_000;
const PROBE_EVERY_MS = 3_000;
const PROBE_MS = 4_000;
/** One slow answer of a busy machine is no silence. */
const SILENT_AFTER = 2;

const MOST_SHOWN = 1_000;

const tellingActions: ReadonlySet<string> = new Set(['start', 'die', 'destroy', 'pause', 'unpause', 'oom', 'rename']);

/**
 * Keeps rows and machine in agreement, in the worker: at its start, soon after events of the engine, on a clock whatever events
 * were lost, when somebody asks, and when the engine comes back. One comparison at a time. A probe of its own says within
 * seconds that the engine does not answer: it has its own connection, for the others may all be waiting.
 */
export class Reconciler {
  readonly #engine: ContainerEngine;
  readonly #probed: ContainerEngine;
  readonly #lead: Pick<Lead, 'isHeld'>;
  /** Workspaces that events were about. */
  readonly #touched = new Set<string>();
  #looking = false;
  #following = false;
  #turn: Promise<unknown> = Promise.resolve();
  #rounds = 0;
  #silences = 0;
  #lastEventAt = new Date().toISOString();
  /** What is found again and again because nothing can be done about it; told once. */
  readonly #shown = new Set<string>();

  constructor(engines: { engine: ContainerEngine; probed: ContainerEngine }, lead: Pick<Lead, 'isHeld'>) {
    this.#engine = engines.engine;
    this.#probed = engines.probed;
    this.#lead = lead;
  }

  /** What the worker runs beside tasks and runs. */
  loops(): BackgroundLoop[] {
    return [
      { name: 'engine probe', everyMs: PROBE_EVERY_MS, run: (signal) => this.#probe(signal) },
      { name: 'reconciler', everyMs: CLOCK_MS, run: (signal) => this.#onClock(signal) },
      { name: 'engine events', everyMs: 1_000, run: (signal) => this.#followEvents(signal) },
      { name: 'recovery', everyMs: 1_000, run: (signal) => recoverDue({ engine: this.#engine, mayAct: () => this.#mayAct(), signal }) },
      { name: 'reconcile requests', everyMs: 2_000, run: (signal) => this.#serveRequests(signal) },
    ];
  }

  async #onClock(signal: AbortSignal): Promise<void> {
    const round = this.#rounds++;
    await forgetOldTries();
    await this.#run({ cause: round === 0 ? 'boot' : 'clock', directories: round % DIRECTORIES_EVERY === 0, signal });
  }

  /** Until the stream ends. What happened while there was none is told first, as far as the engine remembers; so everything is compared as well. */
  async #followEvents(signal: AbortSignal): Promise<void> {
    const labels = { 'anyon.instance': env().ANYON_INSTANCE };
    if (this.#following) this.#inBackground(this.#run({ cause: 'event', directories: false, signal }), signal);
    this.#following = true;
    for await (const event of this.#engine.streamEvents(labels, signal, this.#lastEventAt)) {
      this.#lastEventAt = event.at;
      this.#take(event, signal);
    }
  }

  /** Does not wait for the comparison: meanwhile further events are gathered. */
  #take(event: EngineEvent, signal: AbortSignal): void {
    const workspaceId = event.labels['anyon.workspace'];
    if (workspaceId === undefined || !tellingActions.has(event.action)) return;
    this.#touched.add(workspaceId);
    if (this.#looking) return;
    this.#looking = true;
    this.#inBackground(this.#lookAtTouched(signal), signal);
  }

  /** Those that a task has in its hands are looked at when it has let go: by then nobody may be left to notice. */
  async #lookAtTouched(signal: AbortSignal): Promise<void> {
    let busy: string[] = [];
    try {
      do {
        await sleep(this.#touched.size > 0 ? GATHER_MS : BUSY_MS, undefined, { signal });
        const touched = [...new Set([...this.#touched, ...busy])];
        this.#touched.clear();
        const open = await workspacesWithTask(touched);
        busy = touched.filter((id) => open.has(id));
        const scope = touched.filter((id) => !open.has(id));
        if (scope.length > 0) await this.#run({ cause: 'event', scope, directories: false, signal });
      } while (busy.length > 0 || this.#touched.size > 0);
    } finally {
      this.#looking = false; // in the same turn as the last look at what was touched: nothing can slip in between
    }
  }

  #inBackground(work: Promise<void>, signal: AbortSignal): void {
    work.catch((error: unknown) => {
      if (!signal.aborted) log().warn({ err: error }, 'reconcile: what an event was about could not be looked at; the clock comes by itself');
    });
  }

  async #probe(signal: AbortSignal): Promise<void> {
    try {
      await inTime(PROBE_MS, signal, (within) => this.#probed.summarizeContainers({ namePrefix: `${env().ANYON_INSTANCE}-workspace-` }, within));
    } catch (error) {
      signal.throwIfAborted();
      this.#silences += 1;
      if (this.#silences >= SILENT_AFTER) return noteEngineSilence(describeError(error));
      await sleep(GATHER_MS, undefined, { signal });
      return this.#probe(signal);
    }
    await this.#noteAnswer(signal);
  }

  /** What happened while nobody could look is found by comparing everything. */
  async #noteAnswer(signal: AbortSignal): Promise<void> {
    this.#silences = 0;
    if (await noteEngineAnswer()) await this.#run({ cause: 'event', directories: false, signal });
  }

  /** A request is a notification: one that nobody hears is not carried out later, when it would surprise. */
  async #serveRequests(signal: AbortSignal): Promise<void> {
    const ended = Promise.withResolvers<void>();
    const sql = openSession(databaseUrl(), () => ended.resolve());
    const end = () => ended.resolve();
    signal.addEventListener('abort', end, { once: true });
    try {
      await sql.listen(REQUEST_CHANNEL, (text) => void this.#serve(text, signal));
      await ended.promise;
    } finally {
      signal.removeEventListener('abort', end);
      await sql.end({ timeout: 1 });
    }
  }

  async #serve(text: string, signal: AbortSignal): Promise<void> {
    try {
      const { id, cause } = requestShape.parse(JSON.parse(text));
      await this.#run({ cause, directories: true, signal }, id);
    } catch (error) {
      if (!signal.aborted) log().warn({ err: error }, 'reconcile: a request could not be carried out');
    }
  }

  async #run(options: { cause: ReconcileReport['cause']; scope?: readonly string[]; directories: boolean; signal: AbortSignal }, reportId?: string): Promise<void> {
    const report = await this.#inTurn(() => reconcile(this.#engine, { ...options, dryRun: false, mayAct: () => this.#mayAct() }));
    if (report.engineProblem !== null) log().warn({ reason: report.engineProblem, cause: report.cause }, 'reconcile: the engine cannot be asked');
    if (reportId !== undefined || this.#isNews(report)) await storeReport(reportId ?? uuidv7(), report);
    // Rows that are right again and a health that says the engine is away contradict each other: the next probe is up to seven seconds off.
    if (report.engineProblem === null && this.#silences >= SILENT_AFTER) await this.#noteAnswer(options.signal);
  }

  /** Something was done, or something can only be shown and was not shown yet. */
  #isNews({ differences }: ReconcileReport): boolean {
    const shown = differences.filter(({ result }) => result !== 'done').map(({ object, name, reason, failure }) => JSON.stringify([object, name, reason, failure]));
    const news = differences.length > shown.length || shown.some((one) => !this.#shown.has(one));
    if (this.#shown.size > MOST_SHOWN) this.#shown.clear();
    for (const one of shown) this.#shown.add(one);
    return news;
  }

  #mayAct(): Promise<boolean> {
    return this.#lead.isHeld().catch(() => false);
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#turn.then(work);
    this.#turn = mine.catch(() => {}); // told to its caller
    return mine;
  }
}
