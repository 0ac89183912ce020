import { eq } from 'drizzle-orm';
import { workspaces } from '@/db/schema';
import type { ContainerEngine } from '@/server/containers/engine';
import { database } from '@/server/database';
import type { Lead } from '@/server/queue/lead';
import { LeadLostError, SupersededError } from '@/server/workspaces/tasks/superseded-error';
import type { WorkspaceRow } from '@/server/workspaces/workspace-status';

/** Calls that change something on the machine. A new one belongs here. */
const changing: ReadonlySet<keyof ContainerEngine> = new Set<keyof ContainerEngine>([
  'ensureImage',
  'ensureNetwork',
  'removeNetwork',
  'createContainer',
  'startContainer',
  'stopContainer',
  'killContainer',
  'restartContainer',
  'removeContainer',
  'renameContainer',
  'unpauseContainer',
  'connectNetwork',
  'renameContainer',
  'unpauseContainer',
  'connectNetwork',
  'updateLimits',
  'exec',
  'execDetached',
]);

/**
 * The engine for one attempt: right before each call that changes something, the database is asked whether this worker still
 * leads and this attempt still has the workspace's fence. Otherwise the call throws `SupersededError` and nothing is sent, so
 * a worker that comes to after having been taken for dead (SIGSTOP, a stalled machine) does no harm.
 */
export function fencedEngine(engine: ContainerEngine, lead: Lead, workspace: WorkspaceRow): ContainerEngine {
  const guarded = <T extends unknown[], R>(call: (...args: T) => Promise<R>) =>
    async (...args: T): Promise<R> => {
      await assertOurs(lead, workspace);
      return call.apply(engine, args);
    };
  return new Proxy(engine, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== 'function') return value;
      const call = value as (...args: unknown[]) => Promise<unknown>;
      return changing.has(name as keyof ContainerEngine) ? guarded(call) : call.bind(target);
    },
  });
}

/** Throws `SupersededError` unless this worker leads and the attempt that got this row has its fence. */
export async function assertOurs(lead: Lead, workspace: WorkspaceRow): Promise<void> {
  const held = lead.isHeld().catch(() => false);
  const [row] = await database().select({ fence: workspaces.fence }).from(workspaces).where(eq(workspaces.id, workspace.id));
  if (!(await held)) throw new LeadLostError();
  if (row?.fence !== workspace.fence) throw new SupersededError();
}
