import { uuidv7 } from 'uuidv7';
import { z } from 'zod';
import type { MaskedText } from '@/contract/masked-text';
import type { PublishState, PushInput } from '@/contract/publishing';
import { pushes } from '@/db/schema';
import { recordAudit } from '@/server/audit/record-audit';
import { database } from '@/server/database';
import { AnyonError, isAnyonError } from '@/server/errors';
import { gitRefusalIn } from '@/server/github/git-refusal';
import type { RunAccess } from '@/server/runs/access';
import { assertNoSecret } from '@/server/runs/publishing/assert-no-secret';
import { askWorktree, commitIdSchema, openContainer } from '@/server/runs/publishing/ask-worktree';
import { conversationMasker } from '@/server/runs/publishing/conversation-masker';
import { lastPush } from '@/server/runs/publishing/last-push';
import { withPublishLease, type PublishLease } from '@/server/runs/publishing/publish-lease';
import { publishStateOf } from '@/server/runs/publishing/publish-state';
import { pushRefusal } from '@/server/runs/publishing/push-refusal';
import { noteRefusedPush, withPushToken, type Pusher } from '@/server/runs/publishing/push-token';
import { refreshAfterPush } from '@/server/runs/publishing/refresh-pull-request';
import { worktreeOf, type Worktree } from '@/server/runs/publishing/worktree';

/** A little more than the wrapper's own bound. */
const PATIENCE_MS = 570_000;
const shape = z.object({ outcome: z.enum(['pushed', 'current', 'refused']), head: commitIdSchema, said: z.string().max(4000).nullable() });

/**
 * Pushes the commits of the worktree to a branch of the workspace's repository, with the person's own token, which is in the container for that time
 * only. With `force` it overwrites the branch if that is what was pushed from here last, and not otherwise. Throws with what the server
 * refused, in words; `conflict` for a second push at the same time.
 */
export async function pushBranch(access: RunAccess, { branch = access.run.branch, force }: Omit<PushInput, 'runId'>): Promise<PublishState> {
  await assertNoSecret(access, { 'name of the branch': branch });
  const worktree = await worktreeOf(access);
  openContainer(worktree);
  if (force && branch === access.workspace.branch) throw new AnyonError('forbidden', `${branch} is the branch that the workspace builds on. It is never overwritten from here.`);
  await withPublishLease(access, worktree.firstRunId, 'push', async (lease) => {
    await pushUnderLease(access, worktree, lease, { branch, force });
  });
  await refreshAfterPush(access);
  return publishStateOf(access);
}

/**
 * The push itself, for somebody who has the lease. Returns the commit that the remote holds now. `again`: it was begun by a process that has died. When that
 * has come to a good end it is taken; else it is done once more, for its token may have been taken away under it, or its answer lost.
 */
export async function pushUnderLease(pusher: Pusher, worktree: Worktree, lease: PublishLease, { branch, force, again = false }: { branch: string; force: boolean; again?: boolean }): Promise<string> {
  const { actor, run, workspace } = pusher;
  const { repositoryUrl } = workspace;
  const before = await lastPush(run, branch);
  return withPushToken(pusher, { id: lease.id, containerId: openContainer(worktree) }, async (token) => {
    const masker = await conversationMasker(run, [token.value]);
    const name = masker.maskText(branch);
    if (name === branch) await lease.begin({ branch: name, force });
    const asked = { url: repositoryUrl, branch, force, expected: before?.commit ?? null };
    const ask = () => askWorktree(pusher, worktree, lease, { verb: 'push', asked, what: 'The push', patienceMs: PATIENCE_MS, shape, masker });
    const first = again ? await askOfBefore(ask) : null;
    const { answer, words } = first ?? (await ask());
    if (answer.outcome === 'refused') {
      const said = masker.maskText(`${answer.said ?? ''}\n${words}`);
      if (gitRefusalIn(said)?.kind === 'token') await noteRefusedPush(actor.userId, token);
      throw pushRefusal(said, { repositoryUrl, branch, force });
    }
    await notePush(pusher, { branch: name, commit: answer.head, forced: force });
    return answer.head;
  });
}

/** Null when what was begun before has come to no good end: then the server may hold it all the same, and only asking it once more tells. */
async function askOfBefore<T extends { answer: { outcome: string } }>(ask: () => Promise<T>): Promise<T | null> {
  try {
    const found = await ask();
    return found.answer.outcome === 'refused' ? null : found;
  } catch (error) {
    if (!isAnyonError(error) || error.kind === 'unavailable' || error.kind === 'precondition') throw error;
    return null;
  }
}

async function notePush({ actor, run, workspace }: Pusher, push: { branch: MaskedText; commit: string; forced: boolean }): Promise<void> {
  await database().transaction(async (tx) => {
    await tx.insert(pushes).values({ id: uuidv7(), runId: run.id, pushedById: actor.userId, ...push });
    const details = { repository: workspace.repositoryUrl, commit: push.commit, forced: push.forced };
    await recordAudit(tx, { action: 'branch_pushed', actor, subject: { id: run.id, name: push.branch }, details });
  });
}
