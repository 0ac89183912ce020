import { and, eq } from 'drizzle-orm';
import type { RunView } from '@/contract/run';
import { worktreePlaces } from '@/db/schema';
import { database } from '@/server/database';
import { AnyonError } from '@/server/errors';
import type { RunAccess } from '@/server/runs/access';
import { firstRunOf } from '@/server/runs/claude-session';
import { getRun } from '@/server/runs/run-queries';

/** Asks for the files of a conversation that retention has put away; the worker brings them. Where they are in their place that is fine. Throws `precondition` while the workspace does not run. */
export async function bringFilesBack(access: RunAccess): Promise<RunView> {
  const firstRunId = await firstRunOf(access.run);
  const [place] = await database().select({ state: worktreePlaces.state }).from(worktreePlaces).where(eq(worktreePlaces.firstRunId, firstRunId));
  if (!place || place.state === 'there' || place.state === 'coming') return getRun(access);
  if (place.state === 'leaving') throw new AnyonError('conflict', 'The files are being put into a checkpoint at this moment. Bring them back in a minute.');
  if (access.workspace.status !== 'running') throw new AnyonError('precondition', `The workspace is ${access.workspace.status}, not running. Start it first: its container brings the files back.`);
  await database()
    .update(worktreePlaces)
    .set({ state: 'coming', stateSince: new Date(), problem: null, problemAt: null })
    .where(and(eq(worktreePlaces.firstRunId, firstRunId), eq(worktreePlaces.state, 'away')));
  return getRun(access);
}
