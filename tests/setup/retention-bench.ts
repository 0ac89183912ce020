import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { eq, sql } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import type { RetentionKind } from '@/contract/retention';
import { auditEvents, batches, removedWorkspaces, retentionRules, retentionState, runEvents, runs, tasks, workspaces } from '@/db/schema';
import { database } from '@/server/database';
import { runLogDir } from '@/server/deployment/paths';
import { maskTokens } from '@/server/secrets/masked-text';
import { writeFirstRules } from '@/server/system/retention/rules';
import { signedInPerson, type SignedIn } from '@/tests/setup/test-people';
import { startSignIn, type SignInBench } from '@/tests/setup/test-sign-in';

/** An install with somebody who owns a workspace, an administrator, and rules that keep everything for good until a test says otherwise. */
export interface RetentionBench {
  bench: SignInBench;
  directory: string;
  owner: SignedIn;
  admin: SignedIn;
  /** Takes away what the test before left, and gives the owner a new workspace; returns its id. */
  beginAnew(): Promise<string>;
  /** A run that ended so many days ago, with a log of so many bytes, its index, a diff and an event. */
  oldRun(days: number, bytes?: number, more?: Partial<typeof runs.$inferInsert>): Promise<string>;
  close(): Promise<void>;
}

export const daysAgo = (days: number): Date => new Date(Date.now() - days * 86_400_000);

/** Opens one, without a worker: rounds are held by the test. */
export async function openRetentionBench(): Promise<RetentionBench> {
  const directory = mkdtempSync(path.join(os.tmpdir(), 'anyon-retention-'));
  const bench = await startSignIn({ ANYON_DATA_DIR: directory });
  const [owner, admin] = [await signedInPerson(bench.database, 'owner'), await signedInPerson(bench.database, 'root', 'admin')];
  let [workspaceId, number] = ['', 0];
  return {
    bench,
    directory,
    owner,
    admin,
    async beginAnew() {
      for (const table of [tasks, batches, removedWorkspaces, workspaces, retentionRules, retentionState]) await database().delete(table);
      [workspaceId, number] = [uuidv7(), 0];
      await database().insert(workspaces).values({ id: workspaceId, ownerId: owner.actor.userId, name: 'shop', repositoryUrl: 'https://github.com/o/shop', image: 'anyon-claude:latest', memoryBytes: 1024 ** 3, cpus: 1, pids: 512, status: 'running', steps: [], containerId: 'c' });
      await writeFirstRules();
      await database().update(retentionRules).set({ keepDays: null, maxBytes: null, holdsUntil: sql`now()` });
      return workspaceId;
    },
    async oldRun(days, bytes = 1000, more = {}) {
      const id = uuidv7();
      number += 1;
      await database().insert(runs).values({ id, workspaceId, startedById: owner.actor.userId, number, prompt: maskTokens(`Prompt ${number}`), simulated: true, branch: 'anyon/run', claudeSessionId: randomUUID(), status: 'succeeded', outBytes: bytes, parsedUpTo: bytes, finishedAt: daysAgo(days), ...more });
      mkdirSync(runLogDir(id), { recursive: true });
      for (const [name, text] of Object.entries({ 'out.log': 'x'.repeat(bytes), 'err.log': '', 'out.idx': 'index', 'diff.patch': 'patch', 'changes.json': '{}' })) writeFileSync(path.join(runLogDir(id), name), text);
      await database().insert(runEvents).values({ runId: id, stream: 'out', offset: 0, kind: 'assistant', payload: maskTokens('{}'), truncated: false, bytes });
      return id;
    },
    async close() {
      await bench.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** From now on, without the day's wait. */
export async function setRule(kind: RetentionKind, keepDays: number | null, maxBytes: number | null = null): Promise<void> {
  await database().update(retentionRules).set({ keepDays, maxBytes, holdsUntil: sql`now()` }).where(eq(retentionRules.kind, kind));
}

/** The row of a run, which has to be there. */
export async function rowOf(runId: string): Promise<typeof runs.$inferSelect> {
  const [row] = await database().select().from(runs).where(eq(runs.id, runId));
  if (!row) throw new Error('The run is gone.');
  return row;
}

/** Names of what is kept of a run's files; null without a folder. */
export const filesOf = (runId: string): string[] | null => (existsSync(runLogDir(runId)) ? readdirSync(runLogDir(runId)).sort() : null);

/** What the rounds have written into the audit log, in order. */
export async function applied(): Promise<Record<string, unknown>[]> {
  const rows = await database().select().from(auditEvents).where(eq(auditEvents.action, 'retention_applied')).orderBy(auditEvents.id);
  return rows.map(({ details, subject }) => ({ subject, ...details }));
}
