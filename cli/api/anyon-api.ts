import type { ApiClient, Answered, Asked } from '@/cli/api/api-client';
import { readLogEvents } from '@/cli/api/log-events';
import type { LogSource } from '@/cli/log/follow-log';
import type { LogStream } from '@/contract/run-log';

export type Workspace = Answered<'getWorkspace'>;
/** One among others, without what only a look at it tells. */
export type ListedWorkspace = Answered<'listWorkspaces'>['items'][number];
export type Run = Answered<'getRun'>;
export type Question = Answered<'listQuestions'>[number];
export type Batch = Answered<'getBatch'>;

/** The most items of one page. */
const PAGE = 100;

/** An Anyon, as commands and tools use it. */
export class AnyonApi {
  readonly #client: ApiClient;

  constructor(client: ApiClient) {
    this.#client = client;
  }

  me(): Promise<Answered<'getTokenHolder'>> {
    return this.#client.call('getTokenHolder', {});
  }

  /** All of them, newest first. */
  async workspaces(): Promise<ListedWorkspace[]> {
    const all: ListedWorkspace[] = [];
    for (let after: string | undefined; ; ) {
      const page = await this.#client.call('listWorkspaces', { limit: PAGE, ...(after && { after }) });
      all.push(...page.items);
      if (page.next === null) return all;
      after = page.next;
    }
  }

  workspace(workspaceId: string, signal?: AbortSignal): Promise<Workspace> {
    return this.#client.call('getWorkspace', { workspaceId }, signal && { signal });
  }

  createWorkspace(input: Asked<'createWorkspace'>): Promise<Workspace> {
    return this.#client.call('createWorkspace', input);
  }

  async changeWorkspace(workspaceId: string, action: 'start' | 'stop' | 'restart' | 'delete'): Promise<void> {
    const names = { start: 'startWorkspace', stop: 'stopWorkspace', restart: 'restartWorkspace', delete: 'deleteWorkspace' } as const;
    await this.#client.call(names[action], { workspaceId });
  }

  startRun(input: Asked<'startRun'>): Promise<Run> {
    return this.#client.call('startRun', input);
  }

  startVariants(input: Asked<'startVariants'>): Promise<Answered<'startVariants'>> {
    return this.#client.call('startVariants', input);
  }

  /** The newest runs of a workspace, at most `limit` of them, and never more than a hundred. */
  async runs(workspaceId: string, limit: number): Promise<Run[]> {
    return (await this.#client.call('listRuns', { workspaceId, limit: Math.min(limit, PAGE) })).items;
  }

  /** The run with that number in a workspace; null when there is none. Archived variants count as well. */
  async runByNumber(workspaceId: string, number: number): Promise<Run | null> {
    for (let after: string | undefined; ; ) {
      const page = await this.#client.call('listRuns', { workspaceId, archived: true, limit: PAGE, ...(after && { after }) });
      const found = page.items.find((run) => run.number === number);
      if (found || page.next === null || (page.items.at(-1)?.number ?? 0) < number) return found ?? null;
      after = page.next;
    }
  }

  run(runId: string, signal?: AbortSignal): Promise<Run> {
    return this.#client.call('getRun', { runId }, signal && { signal });
  }

  stopRun(runId: string): Promise<Run> {
    return this.#client.call('stopRun', { runId });
  }

  diff(input: Asked<'getDiff'>): Promise<Answered<'getDiff'>> {
    return this.#client.call('getDiff', input);
  }

  questions(runId: string): Promise<Question[]> {
    return this.#client.call('listQuestions', { runId });
  }

  answer(input: Asked<'answerQuestion'>): Promise<Question[]> {
    return this.#client.call('answerQuestion', input);
  }

  followUp(input: Asked<'addFollowUp'>): Promise<Answered<'addFollowUp'>> {
    return this.#client.call('addFollowUp', input);
  }

  async startBatch(input: Asked<'startBatch'>): Promise<string> {
    return (await this.#client.call('startBatch', input)).batchId;
  }

  batch(batchId: string, signal?: AbortSignal): Promise<Batch> {
    return this.#client.call('getBatch', { batchId }, signal && { signal });
  }

  /** The log of a run, live and by byte. */
  logOf(runId: string): LogSource {
    const client = this.#client;
    return {
      events: (from, signal) => readLogEvents(client, { runId, outFrom: from.out, errFrom: from.err }, signal),
      bytes: async (stream, from, to, signal) => {
        const response = await client.open('getLog', { runId, stream }, { signal, headers: { Range: `bytes=${from}-${to - 1}` } });
        return new Uint8Array(await response.arrayBuffer().catch((error: unknown) => { throw client.brokenOff(error, signal); }));
      },
    };
  }

  /** What is in a stream at this moment, from a byte on, as it comes. */
  async *logSoFar(runId: string, stream: LogStream, from: number): AsyncGenerator<Uint8Array> {
    if (from > 0 && from >= (await this.logSize(runId, stream))) return;
    const response = await this.#client.open('getLog', { runId, stream }, from > 0 ? { headers: { Range: `bytes=${from}-` } } : {});
    try {
      for await (const bytes of response.body ?? []) yield bytes;
    } catch (error) {
      throw this.#client.brokenOff(error);
    }
  }

  async logSize(runId: string, stream: LogStream): Promise<number> {
    const run = await this.run(runId);
    return stream === 'out' ? run.outBytes : run.errBytes;
  }
}
