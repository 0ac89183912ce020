import { eq } from 'drizzle-orm';
import { z } from 'zod';
import type { PublishState } from '@/contract/publishing';
import { runs } from '@/db/schema';
import { database } from '@/server/database';
import { AnyonError } from '@/server/errors';
import type { RunAccess } from '@/server/runs/access';
import { askWorktree, commitIdSchema, openContainer } from '@/server/runs/publishing/ask-worktree';
import { conversationMasker } from '@/server/runs/publishing/conversation-masker';
import { gitIdentityOf } from '@/server/runs/publishing/git-identity';
import { fetchBase } from '@/server/runs/publishing/fetch-base';
import { withPublishLease } from '@/server/runs/publishing/publish-lease';
import { publishStateOf } from '@/server/runs/publishing/publish-state';
import { readWorktree } from '@/server/runs/publishing/read-worktree';
import { worktreeOf, type Worktree } from '@/server/runs/publishing/worktree';
import { foundCheckpointsSchema } from '@/server/workspaces/checkpoints/checkpoint-report';
import { storeCheckpoints } from '@/server/workspaces/checkpoints/checkpoint-rows';

const PATIENCE_MS = 570_000;
const rebaseShape = foundCheckpointsSchema.extend({
  outcome: z.enum(['done', 'current', 'uncommitted', 'conflict', 'blocked']),
  files: z.array(z.string().max(4096)).max(500),
  head: commitIdSchema.nullable(),
});

/**
 * Puts the commits of the worktree onto the newest commit of the base branch, which is fetched first. Where that leads to conflicts the worktree stays
 * exactly as it is and the files are told. What was there before is kept as a checkpoint. Throws `precondition` while something is not committed.
 */
export async function rebaseWorktree(access: RunAccess): Promise<PublishState> {
  const worktree = await worktreeOf(access);
  openContainer(worktree);
  const { run, actor, workspace } = access;
  const [author, masker] = await Promise.all([gitIdentityOf(actor.userId), conversationMasker(run)]);
  const { base, uncommitted } = await readWorktree(access, worktree, masker);
  if (base === null) throw new AnyonError('precondition', 'It is not known which branch this work builds on. Give the workspace a branch, or rebase in a terminal.');
  if (uncommitted > 0) throw new AnyonError('precondition', 'Commit the changes first: a rebase moves commits, and nothing is to get lost.');
  const onto = await fetchBase(access, worktree, { branch: base, masker });
  await withPublishLease(access, worktree.firstRunId, 'rebase', async (lease) => {
    const asked = { onto, name: author.name, email: author.email };
    const { answer } = await askWorktree(access, worktree, lease, { verb: 'rebase', asked, what: 'The rebase', patienceMs: PATIENCE_MS, shape: rebaseShape, masker });
    await storeCheckpoints(workspace.id, { checkpoints: answer.checkpoints, complete: false }); // it tells of one repository only
    if (answer.outcome === 'uncommitted') throw new AnyonError('precondition', 'Commit the changes first: a rebase moves commits, and nothing is to get lost.');
    if (answer.outcome === 'blocked') throw new AnyonError('conflict', `Files that git ignores are in the way of files that ${base} has now. Nothing was changed. Move them away and rebase again.`);
    if (answer.outcome === 'done' || (answer.outcome === 'current' && (await hasMoved(worktree, onto)))) await noteRebase(worktree, onto);
    if (answer.outcome === 'conflict' && answer.head) lease.leave({ head: answer.head, onto: base, files: answer.files.map((file) => masker.maskText(file)) });
  });
  return publishStateOf(access);
}

/** True when the work stands on another commit than it began with: it was rebased by Claude, in a terminal, or by a process that died before it could write so. */
async function hasMoved({ firstRunId }: Worktree, onto: string): Promise<boolean> {
  const [first] = await database().select({ base: runs.baseCommit, retries: runs.retriesRunId }).from(runs).where(eq(runs.id, firstRunId));
  // One that was started again began with work of another conversation: that is no part of its own diff.
  return first !== undefined && first.retries === null && first.base !== null && first.base !== onto;
}

/** From now on the work of the conversation is what stands on top of this commit. */
async function noteRebase({ newest }: Worktree, onto: string): Promise<void> {
  await database().update(runs).set({ rebasedOnto: onto }).where(eq(runs.id, newest.id));
}
