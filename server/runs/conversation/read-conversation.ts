import { and, asc, eq, lte } from 'drizzle-orm';
import { conversationRunSchema, type ConversationEventsInput, type ConversationPage, type ConversationRun } from '@/contract/conversation';
import { runs } from '@/db/schema';
import { database } from '@/server/database';
import type { RunAccess } from '@/server/runs/access';
import { readEdge, readPageBefore, readPageFrom } from '@/server/runs/conversation/conversation-page';
import { runMasker } from '@/server/secrets/run-masker';

const PROMPT_START = 300;
/** More runs than this are in no conversation that anybody reads; the newest are shown. */
const MOST_RUNS = 200;

/** A page of what the CLI said in a run, by where its lines stand in the log. What is being written at this moment is never in it. */
export async function readConversation(access: RunAccess, { from, before, limit }: ConversationEventsInput): Promise<ConversationPage> {
  const { id } = access.run;
  const masker = await runMasker(id);
  const { parsedUpTo } = await readEdge(id);
  if (from !== undefined) return readPageFrom(id, from, parsedUpTo, limit, masker);
  return readPageBefore(id, Math.min(before ?? parsedUpTo, parsedUpTo), limit, masker);
}

/** The runs of a conversation up to and with this one, oldest first. */
export async function listConversationRuns(access: RunAccess): Promise<ConversationRun[]> {
  const { run } = access;
  const rows = await database()
    .select()
    .from(runs)
    .where(and(eq(runs.workspaceId, run.workspaceId), eq(runs.claudeSessionId, run.claudeSessionId), lte(runs.number, run.number)))
    .orderBy(asc(runs.number));
  return rows.slice(-MOST_RUNS).map((row) =>
    conversationRunSchema.parse({
      ...row,
      promptStart: row.prompt.slice(0, PROMPT_START).toWellFormed(),
      usage: { inputTokens: row.inputTokens, outputTokens: row.outputTokens, cacheReadTokens: row.cacheReadTokens, cacheWriteTokens: row.cacheWriteTokens, costUsd: row.costUsd, turns: row.turns },
      changedFiles: row.changedFiles.length,
    }),
  );
}
