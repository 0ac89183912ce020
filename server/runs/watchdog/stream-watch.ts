import { and, asc, eq, gte, lt, sql } from 'drizzle-orm';
import { z } from 'zod';
import { runEvents } from '@/db/schema';
import { database } from '@/server/database';
import { BackgroundTasks } from '@/server/runs/watchdog/background-tasks';
import { ToolsInFlight, type StreamLine } from '@/server/runs/watchdog/tools-in-flight';

const retrySchema = z.object({ retry_delay_ms: z.number().min(0).max(600_000) });

/** Lines that Claude Code writes without any work behind them: they must not hide that there is none. */
const NOISE: ReadonlySet<string> = new Set(['keep_alive', 'control_response', 'rate_limit_event']);
const LINES_AT_ONCE = 500;

/**
 * What the stream of an attempt says about where its work stands. Read from the stored lines, so that a worker that takes the run over knows
 * the same; only when the newest sign came is told it from outside, for most lines carry no time.
 */
export class StreamWatch {
  readonly #runId: string;
  readonly #tools = new ToolsInFlight();
  readonly #background = new BackgroundTasks();
  #readUpTo: number;
  #signAt: Date | null;
  #retryAt: Date | null = null;
  #result: 'none' | 'broken' | 'there' = 'none';

  /** `from`: where the attempt begins in the log. `signAt`: when its newest line is known to have come; null when there is none. */
  constructor(runId: string, from: number, signAt: Date | null) {
    this.#runId = runId;
    this.#readUpTo = from;
    this.#signAt = signAt;
  }

  get signAt(): Date | null {
    return this.#signAt;
  }
  get retryAt(): Date | null {
    return this.#retryAt;
  }
  get toolInFlight(): string | null {
    return this.#tools.name();
  }

  get background(): string | null {
    return this.#background.name();
  }

  /** `broken`: a result that an interrupt or an error has left, which is not the end of what was asked for. */
  get result(): 'none' | 'broken' | 'there' {
    return this.#result;
  }

  /** Reads on to `upTo`, where the stored lines are complete. The first time is catching up: it is no sign that something comes now. */
  async readOn(upTo: number, now: Date | null): Promise<void> {
    const grown = upTo - this.#readUpTo;
    let noise = 0;
    while (this.#readUpTo < upTo) {
      const rows = await this.#nextRows(upTo);
      for (const row of rows) {
        if (NOISE.has(row.kind)) noise += row.bytes;
        else this.#take(row, now);
      }
      const last = rows.at(-1);
      this.#readUpTo = last && rows.length === LINES_AT_ONCE ? last.offset + 1 : upTo;
    }
    if (now && grown > noise) this.#signAt = now;
  }

  async #nextRows(upTo: number) {
    return database()
      .select({
        offset: runEvents.offset,
        bytes: runEvents.bytes,
        kind: runEvents.kind,
        subtype: runEvents.subtype,
        payload: sql<string | null>`case when ${runEvents.kind} in ('assistant', 'user') or ${runEvents.subtype} in ('api_retry', 'background_tasks_changed') then ${runEvents.payload} end`,
      })
      .from(runEvents)
      .where(and(eq(runEvents.runId, this.#runId), eq(runEvents.stream, 'out'), gte(runEvents.offset, this.#readUpTo), lt(runEvents.offset, upTo)))
      .orderBy(asc(runEvents.offset))
      .limit(LINES_AT_ONCE);
  }

  #take(line: StreamLine, now: Date | null): void {
    this.#tools.take(line);
    this.#background.take(line);
    const { kind, subtype, payload } = line;
    if (kind === 'result') this.#result = subtype === 'error_during_execution' ? 'broken' : 'there';
    else if (kind === 'assistant' || kind === 'user' || subtype === 'init') this.#result = 'none';
    this.#retryAt = kind === 'system' && subtype === 'api_retry' ? retryAt(payload, now ?? this.#signAt) : null;
  }
}

function retryAt(payload: string | null, saidAt: Date | null): Date | null {
  const retry = retrySchema.safeParse(JSON.parse(payload ?? 'null')).data;
  return retry && saidAt ? new Date(saidAt.getTime() + retry.retry_delay_ms) : null;
}
