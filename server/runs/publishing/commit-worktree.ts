import { z } from 'zod';
import { CLAUDE_TRAILER, type CommitInput, type PublishState } from '@/contract/publishing';
import { AnyonError } from '@/server/errors';
import type { RunAccess } from '@/server/runs/access';
import { askWorktree, commitIdSchema, openContainer } from '@/server/runs/publishing/ask-worktree';
import { assertNoSecret } from '@/server/runs/publishing/assert-no-secret';
import { conversationMasker } from '@/server/runs/publishing/conversation-masker';
import { gitIdentityOf } from '@/server/runs/publishing/git-identity';
import { withPublishLease } from '@/server/runs/publishing/publish-lease';
import { publishStateOf } from '@/server/runs/publishing/publish-state';
import { worktreeOf } from '@/server/runs/publishing/worktree';

const PATIENCE_MS = 300_000;
const shape = z.object({ outcome: z.enum(['done', 'nothing', 'unmerged']), head: commitIdSchema.nullable() });

/**
 * Commits everything in the worktree that is changed or new and not ignored, with the person as author. No hook of the repository runs.
 * Throws `precondition` when there is nothing to commit or the worktree is closed, `conflict` while somebody else works in it, `invalid` for a message
 * with a secret in it.
 */
export async function commitWorktree(access: RunAccess, { message, coAuthor }: Omit<CommitInput, 'runId'>): Promise<PublishState> {
  await assertNoSecret(access, { message });
  const worktree = await worktreeOf(access);
  openContainer(worktree);
  const [author, masker] = await Promise.all([gitIdentityOf(access.actor.userId), conversationMasker(access.run)]);
  await withPublishLease(access, worktree.firstRunId, 'commit', async (lease) => {
    const asked = { message: coAuthor ? withTrailer(message) : message, name: author.name, email: author.email };
    const { answer } = await askWorktree(access, worktree, lease, { verb: 'commit', asked, what: 'The commit', patienceMs: PATIENCE_MS, shape, masker });
    if (answer.outcome === 'nothing') throw new AnyonError('precondition', 'There is nothing to commit: no file has changed since the last commit.');
    if (answer.outcome === 'unmerged') throw new AnyonError('conflict', 'A merge with conflicts stands half done in the worktree. Ask Claude to finish it, or do it in a terminal, and commit then.');
  });
  return publishStateOf(access);
}

/** The message with Claude as co-author, once: in the paragraph of trailers where the message ends with one, else in one of its own. */
export function withTrailer(message: string): string {
  const text = message.trimEnd();
  if (text.split('\n').some((line) => line.trim().toLowerCase() === CLAUDE_TRAILER.toLowerCase())) return `${text}\n`;
  const last = text.split(/\n\s*\n/).at(-1) ?? '';
  const endsWithTrailers = last !== text && last.split('\n').every((line) => /^[A-Za-z][A-Za-z0-9-]*: \S/.test(line));
  return `${text}${endsWithTrailers ? '\n' : '\n\n'}${CLAUDE_TRAILER}\n`;
}
