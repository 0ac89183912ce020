import { and, eq, gt, isNull, ne, or, sql, type SQL } from 'drizzle-orm';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { runs, workspaces } from '@/db/schema';
import { database } from '@/server/database';
import { runLogDir } from '@/server/deployment/paths';
import { keptDiffNames } from '@/server/runs/review/kept-diff';
import type { PresentThing } from '@/server/system/retention/choose-removals';
import { endOfRun, sparedBecause } from '@/server/system/retention/spared-conversation';
import { inTurns } from '@/server/workspaces/reconcile/in-time';

/** Logs that were written, with their sizes as the rows have them. */
export async function presentLogs(): Promise<PresentThing[]> {
  const rows = await selectRuns(sql<number>`${runs.outBytes} + ${runs.errBytes}`, and(isNull(runs.logRemovedAt), or(gt(runs.outBytes, 0), gt(runs.errBytes, 0))));
  return rows.map(toThing);
}

/** Conversations of single runs: about as many bytes as were read of the log into events, and the kept diff. */
export async function presentConversations(): Promise<PresentThing[]> {
  const rows = await selectRuns(sql<number>`${runs.parsedUpTo}`, and(isNull(runs.detailsRemovedAt), or(gt(runs.parsedUpTo, 0), ne(sql`jsonb_array_length(${runs.changedFiles})`, 0))));
  return inTurns(rows, async (row) => toThing({ ...row, bytes: Number(row.bytes) + (await diffBytes(row.id)) }), 32);
}

type RunThing = Awaited<ReturnType<typeof selectRuns>>[number];

function selectRuns(bytes: SQL<number>, which: SQL | undefined) {
  return database()
    .select({ id: runs.id, number: runs.number, prompt: sql<string>`left(${runs.prompt}, 81)`, workspaceId: workspaces.id, workspace: workspaces.name, endedAt: endOfRun, bytes, spared: sparedBecause })
    .from(runs)
    .innerJoin(workspaces, eq(workspaces.id, runs.workspaceId))
    .where(which);
}

function toThing({ id, number, prompt, workspaceId, workspace, endedAt, bytes, spared }: RunThing): PresentThing {
  const line = prompt.split('\n')[0]?.trim() ?? '';
  const name = `${workspace} #${number}: ${line.length > 80 ? `${line.slice(0, 80)}…` : line}`;
  return { id, name, link: `/workspaces/${workspaceId}/runs/${id}`, endedAt, items: 1, bytes: Number(bytes), spared, waitsFor: null };
}

async function diffBytes(runId: string): Promise<number> {
  const sizes = await Promise.all(keptDiffNames.map((name) => stat(path.join(runLogDir(runId), name)).then(({ size }) => size, () => 0)));
  return sizes.reduce((sum, size) => sum + size, 0);
}
