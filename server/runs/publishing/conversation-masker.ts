import { and, eq } from 'drizzle-orm';
import { runs, secretUses, secretVersions } from '@/db/schema';
import { database } from '@/server/database';
import type { RunRow } from '@/server/runs/run-status';
import type { Masker } from '@/server/secrets/mask';
import { revealKnown } from '@/server/secrets/reveal-known';
import { sharedMasker } from '@/server/secrets/shared-masker';

/**
 * The masker for what comes out of the worktree of a conversation: every value that one of its runs was given and that still exists
 * (what was replaced or deleted is not known any more, here or anywhere), `more` values, and the known token shapes. Throws when
 * one of them cannot be read.
 */
export async function conversationMasker(run: Pick<RunRow, 'workspaceId' | 'claudeSessionId'>, more: readonly string[] = []): Promise<Masker> {
  const find = async () =>
    database()
      .selectDistinct({ secretId: secretUses.secretId, version: secretUses.version })
      .from(secretUses)
      .innerJoin(runs, eq(runs.id, secretUses.runId))
      .innerJoin(secretVersions, and(eq(secretVersions.secretId, secretUses.secretId), eq(secretVersions.version, secretUses.version)))
      .where(and(eq(runs.workspaceId, run.workspaceId), eq(runs.claudeSessionId, run.claudeSessionId)));
  return sharedMasker([...(await revealKnown(find)), ...more]);
}
