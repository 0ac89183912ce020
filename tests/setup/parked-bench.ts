import { existsSync, openSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { asc, eq } from 'drizzle-orm';
import type { Actor } from '@/contract/actor';
import { isFinal, type RunView } from '@/contract/run';
import type { WorkspaceView } from '@/contract/workspace';
import { alerts, runAttempts, workspaces } from '@/db/schema';
import { saveConnection } from '@/server/connections/claude/save-connection';
import { database } from '@/server/database';
import { workspaceExchangeDir } from '@/server/deployment/paths';
import { goOnWithParkedRuns } from '@/server/runs/go-on';
import { startRun } from '@/server/runs/start-run';
import { requireWorkspaceAccess } from '@/server/workspaces/access';
import { listenToClaude, type ClaudeWire } from '@/tests/setup/claude-wire';
import { startTestProduct } from '@/tests/setup/test-product';
import { startTestWorker } from '@/tests/setup/test-worker';
import { runningWorkspace, runWhere } from '@/tests/setup/wait-for-state';

interface Newcomer {
  person: Actor;
  workspace: WorkspaceView;
}

/** Runs that wait: the real CLI in the real engine; the simulator answers in Claude's place, behind a listener that refuses when it is told to. */
export interface ParkedBench {
  wire: ClaudeWire;
  /** A person with a subscription, and a running workspace that is theirs until the next one comes. */
  newcomer(): Promise<Newcomer>;
  /** The same with a workspace that nobody else ever had. */
  newcomerAlone(): Promise<Newcomer>;
  close(): Promise<void>;
}

export async function startParkedBench(): Promise<ParkedBench> {
  const product = await startTestProduct();
  const wire = await listenToClaude(product);
  const repositoryUrl = product.addRepository('hello', { 'README.md': '# Hello\n' });
  const worker = await startTestWorker();
  const make = (owner: Actor) => runningWorkspace(owner, { repositoryUrl, limits: { memoryBytes: 1024 ** 3 } });
  const shared = await make(await product.addUser('first-owner'));
  let people = 0;
  const subscriber = async () => {
    const person = await product.addUser(`person-${++people}`);
    await connect(person, `sk-ant-oat01-first-token-of-${person.login}-0123456789`);
    return person;
  };
  return {
    wire,
    // Accounts and alerts are a person's, and each run has a worktree of its own: one container is enough for all cases.
    async newcomer() {
      const person = await subscriber();
      await database().update(workspaces).set({ ownerId: person.userId }).where(eq(workspaces.id, shared.id));
      return { person, workspace: shared };
    },
    async newcomerAlone() {
      const person = await subscriber();
      return { person, workspace: await make(person) };
    },
    async close() {
      await worker.stop();
      await wire.close();
      await product.close();
    },
  };
}

export async function connect(person: Actor, value: string): Promise<void> {
  await saveConnection(database(), person, { account: { method: 'subscription', baseUrl: null, region: null, projectId: null }, value, expiresAt: null, notTried: null });
}

/** The worker's loop. */
export function letGoOn(): { stop: () => Promise<void> } {
  let on = true;
  const loop = (async () => {
    for (; on; await sleep(300)) await goOnWithParkedRuns();
  })();
  return {
    stop: async () => {
      on = false;
      await loop;
    },
  };
}

export const parked = (person: Actor, run: RunView) => runWhere(person, run, ({ status }) => status === 'parked' || isFinal(status));
export const start = async (person: Actor, workspace: WorkspaceView, prompt: string) => startRun(await requireWorkspaceAccess(person, workspace.id), { prompt });
export const attemptsOf = (id: string) => database().select().from(runAttempts).where(eq(runAttempts.runId, id)).orderBy(asc(runAttempts.number));
export const openAlerts = async (person: Actor) => (await database().select().from(alerts).where(eq(alerts.userId, person.userId))).filter(({ resolvedAt }) => resolvedAt === null).map(({ kind }) => kind);

/** Opens the raw output of an attempt, so that it can be read after it was removed. */
export async function keepRaw(run: RunView, attempt: string): Promise<number> {
  const raw = path.join(workspaceExchangeDir(run.workspaceId), attempt, 'out.raw');
  while (!existsSync(raw)) await sleep(5);
  return openSync(raw, 'r');
}

/** What the log's lines are, by a reading of its own: where each begins, and its kind. */
export function linesOf(log: Buffer): string[] {
  const lines: string[] = [];
  for (let from = 0; from < log.length; ) {
    const end = log.indexOf(0x0a, from);
    const { type } = JSON.parse(log.toString('utf8', from, end)) as { type: string };
    if (type !== 'stream_event') lines.push(`${from} ${type}`);
    from = end + 1;
  }
  return lines;
}
