import path from 'node:path';
import { eq } from 'drizzle-orm';
import type { RunUsage } from '@/contract/run';
import { runs } from '@/db/schema';
import { database } from '@/server/database';
import { runLogDir } from '@/server/deployment/paths';
import { readLogRange } from '@/server/runs/log-file';
import { parseResultLine, usageOfMessages, usageOfResults, type ResultLine } from '@/server/runs/result-line';
import type { RunAttempt } from '@/server/runs/run-attempt';
import { lastOversized, lastPayload, payloadsOf, type LogStretch } from '@/server/runs/run-events';
import type { RunRow } from '@/server/runs/run-status';

/** The result line in this stretch. The CLI repeats its whole answer in it, so it may be too long for an event; then it is read from the log. */
export async function findResult(runId: string, stretch: LogStretch): Promise<ResultLine | null> {
  const payload = await lastPayload(runId, 'result', stretch);
  if (payload !== null) return parseResultLine(payload);
  const long = await lastOversized(runId, stretch);
  const line = long && (await readLogRange(path.join(runLogDir(runId), 'out.log'), long));
  return line ? parseResultLine(line.toString('utf8')) : null;
}

/** What the run has used with this attempt: the row says what it had used before. */
export async function usageWith(run: RunRow, attempt: Pick<RunAttempt, 'outStart'>, result: ResultLine | null): Promise<RunUsage> {
  const stretch = { from: attempt.outStart };
  const kept = (await payloadsOf(run.id, ['result'], stretch)).map(parseResultLine).filter((line) => line !== null);
  const lines = kept.length > 0 || !result ? kept : [result]; // too long to be kept as an event
  const usage = usageOfResults(lines) ?? usageOfMessages(await payloadsOf(run.id, ['assistant'], stretch));
  return {
    inputTokens: run.inputTokens + usage.inputTokens,
    outputTokens: run.outputTokens + usage.outputTokens,
    cacheReadTokens: run.cacheReadTokens + usage.cacheReadTokens,
    cacheWriteTokens: run.cacheWriteTokens + usage.cacheWriteTokens,
    // The CLI reckons with real prices, but nobody is billed for the simulator.
    costUsd: run.simulated ? (run.costUsd ?? 0) : sum(run.costUsd, await costOf(run, attempt, usage.costUsd)),
    turns: sum(run.turns, usage.turns),
  };
}

/** The CLI keeps the cost of a session and adds to it when the session goes on, so what it said before is taken off. */
async function costOf(run: RunRow, { outStart }: Pick<RunAttempt, 'outStart'>, total: number | null): Promise<number | null> {
  const before = total === null ? null : await sessionCostBefore(run, outStart);
  return total === null || before === null || total < before ? total : total - before;
}

async function sessionCostBefore(run: Pick<RunRow, 'id' | 'resumesRunId'>, outStart: number | undefined): Promise<number | null> {
  const said = (await findResult(run.id, { from: 0, ...(outStart !== undefined && { to: outStart }) }))?.usage?.costUsd ?? null;
  if (said !== null || run.resumesRunId === null) return said;
  const [earlier] = await database().select({ id: runs.id, resumesRunId: runs.resumesRunId }).from(runs).where(eq(runs.id, run.resumesRunId));
  return earlier ? sessionCostBefore(earlier, undefined) : null;
}

function sum(one: number | null, other: number | null): number | null {
  return one === null && other === null ? null : (one ?? 0) + (other ?? 0);
}
