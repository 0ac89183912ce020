import { z } from 'zod';
import { gitRefusalIn } from '@/server/github/git-refusal';
import type { RunAccess } from '@/server/runs/access';
import { askWorktree, commitIdSchema, openContainer } from '@/server/runs/publishing/ask-worktree';
import { conversationMasker } from '@/server/runs/publishing/conversation-masker';
import { withPublishLease } from '@/server/runs/publishing/publish-lease';
import { pushRefusal } from '@/server/runs/publishing/push-refusal';
import { noteRefusedPush, signInObstacle, withPushToken } from '@/server/runs/publishing/push-token';
import type { Worktree } from '@/server/runs/publishing/worktree';
import type { Masker } from '@/server/secrets/mask';

const PATIENCE_MS = 570_000;
const shape = z.object({ outcome: z.enum(['fetched', 'refused']), commit: commitIdSchema.nullable() });

/**
 * Brings in the newest commit of the base branch, with the person's token where the server has one of theirs, else as anybody, and returns
 * it. Throws with what the server refused, in words.
 */
export async function fetchBase(access: RunAccess, worktree: Worktree, { branch, masker }: { branch: string; masker: Masker }): Promise<string> {
  const { actor, run, workspace } = access;
  const { repositoryUrl } = workspace;
  return withPublishLease(access, worktree.firstRunId, 'fetch', async (lease) => {
    const fetch = async (worded: Masker, refused?: () => Promise<void>) => {
      const request = { verb: 'fetch' as const, asked: { url: repositoryUrl, branch }, what: 'The fetch', patienceMs: PATIENCE_MS, shape, masker: worded };
      const { answer, words } = await askWorktree(access, worktree, lease, request);
      if (answer.commit !== null) return answer.commit;
      if (gitRefusalIn(words)?.kind === 'token') await refused?.();
      throw pushRefusal(words, { repositoryUrl, branch, force: false });
    };
    if ((await signInObstacle(actor.userId, repositoryUrl)) !== null) return fetch(masker);
    const place = { id: lease.id, containerId: openContainer(worktree) };
    return withPushToken(access, place, async (token) => fetch(await conversationMasker(run, [token.value]), () => noteRefusedPush(actor.userId, token)));
  });
}
