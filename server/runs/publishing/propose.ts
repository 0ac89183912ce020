import { and, asc, eq } from 'drizzle-orm';
import type { ChangedFile } from '@/contract/run';
import { publishProposalSchema, type PublishProposal } from '@/contract/publishing';
import { runs } from '@/db/schema';
import { database } from '@/server/database';
import type { RunAccess } from '@/server/runs/access';
import { wordProposal } from '@/server/runs/publishing/word-proposal';

/** Proposes commit message, title and description from what was asked in the conversation, what Claude said in the end and what changed. No model is asked. */
export async function proposePublishing({ run }: RunAccess): Promise<PublishProposal> {
  const rows = await database()
    .select({ prompt: runs.prompt, lastWords: runs.resultText, changedFiles: runs.changedFiles })
    .from(runs)
    .where(and(eq(runs.workspaceId, run.workspaceId), eq(runs.claudeSessionId, run.claudeSessionId)))
    .orderBy(asc(runs.number))
    .limit(200);
  return publishProposalSchema.parse(wordProposal(rows.map((row) => ({ ...row, changedFiles: row.changedFiles as ChangedFile[] }))));
}
