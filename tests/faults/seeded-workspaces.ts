import { mkdirSync } from 'node:fs';
import { uuidv7 } from 'uuidv7';
import { taskRules, type TaskKind, type TaskStatus } from '@/contract/task';
import { taskAttempts, tasks } from '@/db/schema';
import { database } from '@/server/database';
import { workspaceExchangeDir } from '@/server/deployment/paths';
import { ensureWorkspaceSecretsDir } from '@/server/secrets/injection/secret-folder';
import { workspaceContainerSpec } from '@/server/workspaces/workspace-container';
import { workspaceNetworkSpec } from '@/server/egress/workspace-network';
import type { WorkspaceRow } from '@/server/workspaces/workspace-status';
import type { TaskBench } from '@/tests/setup/task-bench';

/** What an Anyon that died may have left behind of one workspace: its row, the container behind it, and a task that nobody works on. */
export interface LeftBehind {
  row: Pick<WorkspaceRow, 'status' | 'desired'>;
  container: 'running' | 'exited' | 'none';
  task?: { kind: TaskKind; status: TaskStatus };
  /** What it must come to by itself. */
  becomes: 'running' | 'stopped' | 'archived' | 'unhealthy' | 'gone';
}

const up = (status: WorkspaceRow['status']) => ({ status, desired: 'running' }) as const;
const down = (status: WorkspaceRow['status']) => ({ status, desired: 'stopped' }) as const;

/** Every state of a row, with what the machine and the tasks may have to say to it. */
export const leftBehind: readonly LeftBehind[] = [
  { row: up('running'), container: 'running', becomes: 'running' },
  { row: up('running'), container: 'exited', becomes: 'running' },
  { row: up('running'), container: 'none', becomes: 'running' },
  { row: down('running'), container: 'running', task: { kind: 'stop', status: 'running' }, becomes: 'stopped' },
  { row: up('running'), container: 'running', task: { kind: 'restart', status: 'running' }, becomes: 'running' },
  { row: down('stopped'), container: 'exited', becomes: 'stopped' },
  { row: down('stopped'), container: 'none', becomes: 'stopped' },
  { row: down('stopped'), container: 'running', becomes: 'running' },
  { row: up('creating'), container: 'none', becomes: 'running' },
  { row: up('creating'), container: 'none', task: { kind: 'start', status: 'queued' }, becomes: 'running' },
  { row: up('creating'), container: 'exited', task: { kind: 'start', status: 'running' }, becomes: 'running' },
  { row: up('creating'), container: 'running', task: { kind: 'start', status: 'retrying' }, becomes: 'running' },
  { row: up('creating'), container: 'none', task: { kind: 'start', status: 'waiting' }, becomes: 'running' },
  { row: down('deleting'), container: 'none', becomes: 'gone' },
  { row: down('deleting'), container: 'running', task: { kind: 'delete', status: 'running' }, becomes: 'gone' },
  { row: down('unhealthy'), container: 'exited', becomes: 'unhealthy' },
  { row: up('unknown'), container: 'running', becomes: 'running' },
  { row: down('unknown'), container: 'exited', becomes: 'stopped' },
  { row: down('archived'), container: 'none', becomes: 'archived' },
  { row: down('running'), container: 'running', task: { kind: 'archive', status: 'queued' }, becomes: 'archived' },
];

/** Writes it as rows, and as objects of the engine in memory; returns the workspace. */
export async function seedWorkspace(bench: TaskBench, left: LeftBehind): Promise<string> {
  const row = await bench.addWorkspace({ ...left.row, memoryBytes: 16 * 1024 ** 2, fence: 7, recoveryBackoffSeconds: 1 });
  if (left.container !== 'none') {
    mkdirSync(workspaceExchangeDir(row.id), { recursive: true });
    await ensureWorkspaceSecretsDir(row.id);
    await bench.fake.ensureNetwork(workspaceNetworkSpec(row));
    const containerId = await bench.fake.createContainer(workspaceContainerSpec(row));
    await bench.fake.startContainer(containerId);
    if (left.container === 'exited') await bench.fake.killContainer(containerId, 'SIGKILL');
    await bench.changeWorkspace(row.id, { containerId, containerStatus: left.container });
  }
  if (left.task) await seedTask(row, left.task);
  return row.id;
}

async function seedTask(row: WorkspaceRow, { kind, status }: { kind: TaskKind; status: TaskStatus }): Promise<void> {
  const id = uuidv7();
  const { priority, retries } = taskRules[kind];
  const about = { workspaceId: row.id, workspaceName: row.name, ownerId: row.ownerId, requestedById: row.ownerId };
  await database().insert(tasks).values({ ...about, id, kind, cause: 'person', fence: row.fence, priority, maxAttempts: retries + 1, status, retryAt: status === 'retrying' ? new Date() : null });
  if (status === 'running') await database().insert(taskAttempts).values({ taskId: id, number: 1, worker: 'another:1', outcome: 'running' });
}
