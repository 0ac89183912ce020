import type { Actor } from '@/contract/actor';
import type { Capacity, Waiting } from '@/contract/capacity';
import { workspaceLimitsSchema } from '@/contract/workspace';
import { database } from '@/server/database';
import { readMachine } from '@/server/deployment/machine';
import { mayUse } from '@/server/workspaces/access';
import { decide, type Verdict } from '@/server/workspaces/admission/decide';
import { loadLine, loadRoom, type InLine } from '@/server/workspaces/admission/load-room';
import { fitsMore } from '@/server/workspaces/admission/room';

/**
 * Memory and disk as admission counts them this moment, and what waits for them. Of what waits a member sees their own, with
 * the place that it really has.
 */
export async function readCapacity(actor: Actor): Promise<Capacity> {
  const [machine, line] = await Promise.all([readMachine(), loadLine(database())]);
  const room = await loadRoom(database(), machine);
  return {
    memory: room.memory,
    disk: room.disk,
    workspacesRunning: room.occupants.filter((occupant) => !occupant.starting).length,
    runsLive: room.occupants.reduce((sum, occupant) => sum + occupant.liveRuns.length, 0),
    fitsMore: fitsMore(room, workspaceLimitsSchema.parse({}).memoryBytes),
    waiting: decide(room, line, new Date()).filter((verdict) => mayUse(actor, verdict.asker)).flatMap((verdict) => toWaiting(verdict, line)),
  };
}

/** How many more workspaces of this memory limit could work at once. */
export async function countFitting(memoryBytes: number): Promise<{ fits: number }> {
  return { fits: fitsMore(await loadRoom(database(), await readMachine()), memoryBytes) };
}

function toWaiting(verdict: Verdict, line: readonly InLine[]): Waiting[] {
  if (verdict.outcome !== 'waits') return []; // it goes on within a moment
  const { kind, id, workspaceId, workspaceName } = verdict.asker;
  const since = line.find((one) => one.id === id)?.since ?? verdict.asker.askedAt;
  return [{ kind, id, workspaceId, workspaceName, position: verdict.position, needsBytes: verdict.needsBytes, reason: verdict.reason, since }];
}
