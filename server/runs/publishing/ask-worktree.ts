import { z } from 'zod';
import type { MaskedText } from '@/contract/masked-text';
import { containerEngine } from '@/server/containers/container-engine';
import { AnyonError, isAnyonError } from '@/server/errors';
import type { RunAccess } from '@/server/runs/access';
import type { PublishLease } from '@/server/runs/publishing/publish-lease';
import type { Worktree } from '@/server/runs/publishing/worktree';
import type { Masker } from '@/server/secrets/mask';
import { askWrapper } from '@/server/workspaces/checkpoints/wrapper-answer';
import { lastLines, readOutput } from '@/server/workspaces/tasks/command-output';
import { startCommand } from '@/server/workspaces/tasks/start-command';

export const commitIdSchema = z.string().regex(/^[0-9a-f]{40,64}$/);

interface Request<T> {
  verb: 'commit' | 'push' | 'fetch' | 'rebase';
  /** What the verb is to do; it travels in a file. */
  asked: Record<string, unknown>;
  /** Begins sentences about it. */
  what: string;
  patienceMs: number;
  shape: z.ZodType<T>;
  masker: Masker;
}

/** The container of a worktree in which something can be done now; throws `precondition` with why not. */
export function openContainer(worktree: Worktree): string {
  if (worktree.containerId !== null && worktree.closedBecause === null) return worktree.containerId;
  throw new AnyonError('precondition', worktree.closedBecause ?? 'The workspace does not run. Start it first; its files are kept.');
}

/**
 * Has a verb of the wrapper done in a worktree, as a command that outlives this process, bounded in time. Returns its answer and
 * git's last words, masked; its progress is told by the lease meanwhile.
 */
export async function askWorktree<T>({ workspace }: Pick<RunAccess, 'workspace'>, worktree: Worktree, lease: PublishLease, request: Request<T>): Promise<{ answer: T; words: MaskedText }> {
  const { verb, asked, masker } = request;
  const containerId = openContainer(worktree);
  const { signal } = new AbortController(); // a person who goes away does not end it
  const { directory } = startCommand({ workspace, containerId, signal }, lease.id, request.what);
  const words = async (bytes: number) => (await readOutput(directory, 'err', bytes, masker).catch(() => null))?.tail ?? null;
  const progress = async () => {
    const [line] = lastLines((await words(1024)) ?? '', 1);
    if (line) await lease.tell(masker.maskText(line.slice(0, 200)));
  };
  const files = [{ name: `${verb}.json`, text: JSON.stringify({ tree: worktree.name, ...asked }) }];
  const question = { ...request, workspace, containerId, id: lease.id, argv: [verb, lease.id] as const, files, progress, signal };
  try {
    return await askWrapper(containerEngine(), question, async (answer) => ({ answer, words: (await words(8192)) ?? masker.maskText('') }));
  } catch (error) {
    throw isAnyonError(error) ? new AnyonError(error.kind, masker.maskText(error.message), { cause: error }) : error;
  }
}
