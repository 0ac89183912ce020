import { eq } from 'drizzle-orm';
import { workspaces } from '@/db/schema';
import type { ContainerEngine } from '@/server/containers/engine';
import { database } from '@/server/database';
import type { Lead } from '@/server/queue/lead';
import { LeadLostError, SupersededError } from '@/server/workspaces/tasks/superseded-error';
import type { WorkspaceRow } from '@/server/workspaces/workspace-status';

/** Which calls change something on the machine. A new one must be named here, or this does not compile. */
const changes: Readonly<Record<keyof ContainerEngine, boolean>> = {
  version: false,
  info: false,
  ensureImage: true,
  ensureNetwork: true,
  listNetworks: false,
  inspectNetwork: false,
  removeNetwork: true,
  hostGateway: false,
  createContainer: true,
  startContainer: true,
  stopContainer: true,
  killContainer: true,
  restartContainer: true,
  removeContainer: true,
  renameContainer: true,
  unpauseContainer: true,
  connectNetwork: true,
  inspectContainer: false,
  updateLimits: true,
  listContainers: false,
  summarizeContainers: false,
  waitForExit: false,
  streamLogs: false,
  exec: true,
  execDetached: true,
  openTerminal: true,
  attend: true,
  dialPort: true,
  readStats: false,
  readOwnFilesBytes: false,
  streamEvents: false,
};

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
      return changes[name as keyof ContainerEngine] ? guarded(call) : call.bind(target);
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
