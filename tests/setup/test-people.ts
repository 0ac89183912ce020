import { randomUUID } from 'node:crypto';
import { encode } from 'next-auth/jwt';
import { uuidv7 } from 'uuidv7';
import type { Actor } from '@/contract/actor';
import type { WorkspaceStatus } from '@/contract/workspace';
import type { Database } from '@/db/client';
import { batchItems, batches, removedWorkspaces, runs, runVariants, tasks, terminals, users, variantGroups, workspaces } from '@/db/schema';
import { authSecret, sessionCookieName } from '@/server/auth/session-cookie';
import { openSession } from '@/server/people/sessions';
import { maskTokens } from '@/server/secrets/masked-text';
import { freshSteps } from '@/server/workspaces/tasks/start-steps';
import { settingsOf } from '@/server/workspaces/workspace-settings';

/** A person with a live session, and the cookie that a browser of theirs would send. */
export interface SignedIn {
  actor: Actor;
  cookie: string;
}

/** Makes a person and signs them in, without the pages. */
export async function signedInPerson(database: Database, login: string, role: Actor['role'] = 'member'): Promise<SignedIn> {
  const userId = uuidv7();
  await database.insert(users).values({ id: userId, login, role });
  const sessionId = await openSession(database, userId, 'github');
  const token = await encode({ token: { sub: userId, sid: sessionId }, secret: authSecret(), salt: sessionCookieName(), maxAge: 3600 });
  return { actor: { userId, sessionId, login, role }, cookie: `${sessionCookieName()}=${token}` };
}

/** The rows of a workspace with one run that has ended (the only variant of its group) and one task that has failed, without a container, and of one that was deleted. */
export async function workspaceWithRun(database: Database, owner: Actor, status: WorkspaceStatus = 'stopped'): Promise<{ workspaceId: string; runId: string; taskId: string; batchId: string; removedWorkspaceId: string; terminalId: string; groupId: string }> {
  const workspaceId = uuidv7();
  const runId = uuidv7();
  const taskId = uuidv7();
  const common = { repositoryUrl: 'https://github.com/owner/repository', image: 'anyon-claude:latest', memoryBytes: 1024 ** 3, cpus: 1, pids: 512 };
  const [workspace] = await database.insert(workspaces).values({ ...common, id: workspaceId, ownerId: owner.userId, name: 'Someone’s own', status, steps: freshSteps(), nextRunNumber: 2 }).returning();
  if (!workspace) throw new Error('The workspace was not written.');
  const prompt = 'A prompt that only its owner may read';
  const claudeSessionId = randomUUID();
  await database.insert(runs).values({ id: runId, workspaceId, startedById: owner.userId, number: 1, prompt: maskTokens(prompt), simulated: true, branch: 'anyon/run-1', claudeSessionId, status: 'succeeded' });
  const groupId = uuidv7();
  await database.insert(variantGroups).values({ id: groupId, workspaceId, createdById: owner.userId, checkMinutes: 10 });
  await database.insert(runVariants).values({ runId, groupId, position: 1, claudeSessionId });
  const task = { kind: 'start', cause: 'person', status: 'failed', fence: 0, priority: 20, maxAttempts: 4 } as const;
  await database.insert(tasks).values({ id: taskId, workspaceId, workspaceName: 'Someone’s own', ownerId: owner.userId, requestedById: owner.userId, ...task });
  const batchId = uuidv7();
  await database.insert(batches).values({ id: batchId, action: 'start', requestedById: owner.userId, status: 'done', finishedAt: new Date() });
  await database.insert(batchItems).values({ batchId, position: 0, workspaceId, workspaceName: 'Someone’s own', status: 'failed', taskId });
  const removedWorkspaceId = uuidv7();
  const settings = { ...settingsOf(workspace), extraRepositories: [] };
  const removed = { name: 'Once someone’s own', repositoryUrl: common.repositoryUrl, settings, kind: 'bundle', bytes: 1, keptUntil: new Date(Date.now() + 3_600_000) } as const;
  await database.insert(removedWorkspaces).values({ id: removedWorkspaceId, workspaceId: uuidv7(), ownerId: owner.userId, ...removed });
  const terminalId = uuidv7();
  await database.insert(terminals).values({ id: terminalId, workspaceId, openedById: owner.userId, number: 1, containerId: 'gone', endedAt: new Date(), endReason: 'The shell has ended.' });
  return { workspaceId, runId, taskId, batchId, removedWorkspaceId, terminalId, groupId };
}
