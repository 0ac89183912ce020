import { get, type ClientRequest } from 'node:http';
import type { ChangeEvent } from '@/contract/change';
import type { RunLogEvent } from '@/contract/run-log';
import type { SubscriptionInput, TabStreamEvent } from '@/contract/tab-stream';
import { MOST_LISTED_AGAIN } from '@/contract/workspace';
import { LineTimes } from '@/tests/load/line-ages';
import type { LoadRun } from '@/tests/load/load-runs';
import type { Person } from '@/tests/load/load-people';
import { tabStreamAddress, TabStreamReader } from '@/tests/setup/tab-stream-reader';

/** What a tab shows: a run, the board, the list of workspaces. */
export type TabPage = { kind: 'run'; run: LoadRun } | { kind: 'board' } | { kind: 'list' };

/** Whom a tab tells what it has noticed. */
export interface TabWitness {
  line(by: LoadRun['by'], ageMs: number): void;
  answered(page: TabPage['kind'], ms: number): void;
  error(words: string): void;
}

/** As components/trpc/refetches.ts: what changes all the time is asked for again once a second. */
const BETWEEN_FETCHES_MS = 1_000;
const LOG = 2;

/** One tab of a browser: its one stream, followed as the pages do, with what they fetch again when something changed. */
export class LoadTab {
  readonly #person: Person;
  readonly #page: TabPage;
  readonly #witness: TabWitness;
  readonly #reader = new TabStreamReader();
  readonly #times = new LineTimes();
  #request: ClientRequest | null = null;
  #position: number | null = null;
  #openedAt = 0;
  #timer: NodeJS.Timeout | null = null;
  readonly #changedIds = new Set<string>();
  #closed = false;

  constructor(person: Person, page: TabPage, witness: TabWitness) {
    this.#person = person;
    this.#page = page;
    this.#witness = witness;
  }

  /** Opens its stream; a log is followed from where it is at that moment. */
  async open(origin: string): Promise<void> {
    const subscriptions: SubscriptionInput[] = [{ id: 1, path: 'changes.watch', input: undefined }];
    if (this.#page.kind === 'run') {
      const { runId } = this.#page.run;
      const { outBytes, errBytes } = await this.#person.client.runs.byId.query({ runId });
      subscriptions.push({ id: LOG, path: 'runs.log', input: { runId, outFrom: outBytes, errFrom: errBytes } }, { id: 3, path: 'conversations.follow', input: { runId, from: outBytes } });
    } else subscriptions.push({ id: 3, path: 'workspaces.metrics', input: {} });
    this.#openedAt = Date.now();
    await this.#follow(tabStreamAddress(origin, subscriptions));
  }

  close(): void {
    this.#closed = true;
    if (this.#timer) clearTimeout(this.#timer);
    this.#request?.destroy();
  }

  #follow(address: string): Promise<void> {
    return new Promise((resolve) => {
      this.#request = get(address, { agent: false, headers: { cookie: this.#person.cookie, accept: 'text/event-stream' } }, (response) => {
        if (response.statusCode !== 200) this.#witness.error(`A stream was answered with ${response.statusCode}.`);
        response.setEncoding('utf8');
        response.on('data', (text: string) => this.#take(text));
        response.on('close', () => this.#lost('A stream has ended.'));
        resolve();
      });
      this.#request.on('error', (error) => {
        this.#lost(`A stream broke: ${error.message}`);
        resolve();
      });
    });
  }

  #lost(words: string): void {
    if (!this.#closed) this.#witness.error(words);
    this.#closed = true;
  }

  #take(text: string): void {
    if (this.#closed) return;
    try {
      for (const event of this.#reader.take(text)) this.#event(event);
    } catch (error) {
      this.#witness.error(String(error));
    }
  }

  #event(event: TabStreamEvent): void {
    if (event.kind === 'error') this.#witness.error(`A subscription was refused: ${JSON.stringify(event.error)}`);
    else if (event.kind === 'done') this.#witness.error(`Subscription ${event.id} has ended.`);
    else if (event.kind === 'data' && event.id === LOG && this.#page.kind === 'run') this.#log(event.data as RunLogEvent, this.#page.run);
    else if (event.kind === 'data' && event.id === 1) this.#changed(event.data as ChangeEvent);
  }

  #log(piece: RunLogEvent, run: LoadRun): void {
    if (piece.end || piece.stream !== 'out') return;
    const now = Date.now();
    if (this.#position !== null && piece.from !== this.#position) this.#witness.error(`A piece from ${piece.from} came after byte ${this.#position}.`);
    this.#position = piece.to;
    for (const microseconds of this.#times.take(piece.text)) {
      const writtenAt = microseconds / 1_000;
      if (writtenAt >= this.#openedAt) this.#witness.line(run.by, Math.max(0, now - writtenAt)); // what was there before is no live line
    }
  }

  #changed({ workspaceIds, runIds }: ChangeEvent): void {
    const page = this.#page;
    const concerns = page.kind === 'run' ? runIds.includes(page.run.runId) : page.kind === 'list' ? workspaceIds.length > 0 : workspaceIds.length + runIds.length > 0;
    for (const id of workspaceIds) this.#changedIds.add(id);
    if (concerns) this.#timer ??= setTimeout(() => void this.#fetch(), BETWEEN_FETCHES_MS);
  }

  /** As a live run's page: one request with what it shows of the run. */
  async #fetchRun(runId: string): Promise<void> {
    const { runs, followUps, notices, questions } = this.#person.client;
    await Promise.all([runs.byId.query({ runId }), followUps.list.query({ runId }), notices.list.query({ runId }), questions.list.query({ runId })]);
  }

  /** As components/trpc/list-news.ts. */
  async #fetchNewsOfList(): Promise<void> {
    const { list, some } = this.#person.client.workspaces;
    const workspaceIds = [...this.#changedIds];
    this.#changedIds.clear();
    await (workspaceIds.length > MOST_LISTED_AGAIN ? list.query() : some.query({ workspaceIds }));
  }

  async #fetch(): Promise<void> {
    const { client } = this.#person;
    const page = this.#page;
    const began = performance.now();
    try {
      if (page.kind === 'run') await this.#fetchRun(page.run.runId);
      else if (page.kind === 'board') await client.board.cards.query({});
      else await this.#fetchNewsOfList();
      this.#witness.answered(page.kind, performance.now() - began);
    } catch (error) {
      if (!this.#closed) this.#witness.error(`A call failed: ${String(error)}`);
    }
    this.#timer = null;
  }
}
