import { z } from 'zod';
import type { MaskedText } from '@/contract/masked-text';
import { containerEngine } from '@/server/containers/container-engine';
import { isOlderImage, olderImage } from '@/server/containers/older-image';
import { AnyonError } from '@/server/errors';
import type { RunAccess } from '@/server/runs/access';
import { commitIdSchema, openContainer } from '@/server/runs/publishing/ask-worktree';
import type { Worktree } from '@/server/runs/publishing/worktree';
import type { Masker } from '@/server/secrets/mask';
import { workspaceUser } from '@/server/workspaces/workspace-container';

const LAST_SECOND = 4_102_444_800; // 2100: what is later is nonsense
const name = z.string().max(1000);

/** `anyon-run publish-state` (docker/claude-code/anyon-run.d/publish-state.pm). */
const reportSchema = z.object({
  branch: name.nullable(),
  head: commitIdSchema.nullable(),
  base: name.nullable(),
  baseCommit: commitIdSchema.nullable(),
  behind: z.number().int().min(0).nullable(),
  uncommitted: z.number().int().min(0),
  merging: z.boolean(),
  commits: z.array(z.object({ commit: commitIdSchema, at: z.number().int().min(0).max(LAST_SECOND), author: name, subject: name })).max(100),
});

/** What git says of a worktree. Names are the container's word, masked. */
export interface WorktreeReport {
  branch: MaskedText | null;
  head: string | null;
  /** The branch it builds on, as the remote names it, and its commit as of the last fetch. */
  base: MaskedText | null;
  baseCommit: string | null;
  behind: number | null;
  uncommitted: number;
  merging: boolean;
  /** Newest first, at most 100. */
  commits: { commit: string; at: Date; author: MaskedText; subject: MaskedText }[];
}

/** Asks git in the container, once, how the worktree stands. Throws `precondition` when it cannot be asked, `unavailable` when it does not answer. */
export async function readWorktree({ workspace }: RunAccess, worktree: Worktree, masker: Masker): Promise<WorktreeReport> {
  const argv = ['anyon-run', 'publish-state', worktree.name, workspace.branch ?? '-', worktree.newest.baseCommit ?? '-'];
  const { exitCode, stdout } = await containerEngine().exec(openContainer(worktree), { argv, user: workspaceUser().text, timeoutMs: 25_000, maxOutputBytes: 512 * 1024 });
  if (isOlderImage(exitCode)) throw olderImage('Publishing');
  const report = exitCode === 0 ? reportSchema.safeParse(asJson(stdout)) : null;
  if (!report?.success) throw new AnyonError('unavailable', 'git does not say how the worktree stands. Try again in a few seconds; if it stays so, look at it in a terminal.');
  const mask = (text: string) => masker.maskText(text);
  const { branch, base, commits, ...rest } = report.data;
  return {
    ...rest,
    branch: branch === null ? null : mask(branch),
    base: base === null ? null : mask(base),
    commits: commits.map(({ commit, at, author, subject }) => ({ commit, at: new Date(at * 1000), author: mask(author), subject: mask(subject) })),
  };
}

function asJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    return null;
  }
}
