import { randomUUID } from 'node:crypto';
import { uuidv7 } from 'uuidv7';
import type { Actor } from '@/contract/actor';
import { runs, workspaces } from '@/db/schema';
import { database } from '@/server/database';
import { plainWords } from '@/server/secrets/masked-text';
import { freshSteps } from '@/server/workspaces/tasks/start-steps';
import { GIB } from '@/tests/setup/given-machine';

/** The row of a workspace that runs, without a container behind it. */
export async function addWorkspace(owner: Actor, name: string, values: Partial<typeof workspaces.$inferInsert> = {}): Promise<string> {
  const id = uuidv7();
  const common = { repositoryUrl: 'https://github.com/owner/repository', image: 'anyon-claude:latest', memoryBytes: 4 * GIB, cpus: 1, pids: 512, steps: freshSteps() };
  await database().insert(workspaces).values({ ...common, id, name, ownerId: owner.userId, status: 'running', containerId: 'c'.repeat(64), nextRunNumber: 100, ...values });
  return id;
}

let asked = Date.now();

/** The row of a run that waits; they were asked for in the order of the calls, whatever the clock does. */
export async function addRun(startedBy: Actor, workspaceId: string, number: number, values: Partial<typeof runs.$inferInsert> = {}): Promise<string> {
  const id = uuidv7();
  const createdAt = new Date((asked += 10));
  await database().insert(runs).values({ id, workspaceId, startedById: startedBy.userId, number, prompt: plainWords('x'), simulated: true, branch: `anyon/run-${number}`, claudeSessionId: randomUUID(), status: 'queued', createdAt, ...values });
  return id;
}
