import { randomBytes, randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { eq } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import type { Actor } from '@/contract/actor';
import type { Database } from '@/db/client';
import { runs, secretUses, users } from '@/db/schema';
import { runPlace } from '@/server/runs/run-place';
import type { RunRow } from '@/server/runs/run-status';
import { plainWords } from '@/server/secrets/masked-text';
import { putSecret } from '@/server/secrets/vault';
import { closeAll } from '@/tests/faults/close-all';
import { HandmadeRun } from '@/tests/faults/log-path/handmade-run';
import { brokenLogPath, type LogPathExpectation } from '@/tests/faults/log-path/log-path-invariants';
import { recordMovesOfRuns } from '@/tests/faults/log-path/moves-of-runs';
import { startSupervising, type SupervisingProcess } from '@/tests/faults/log-path/supervising-process';
import { workspaceWithRun } from '@/tests/setup/test-people';

/** The way of a log from the files of a run to its viewers, all of it the product's but the container. */
export interface LogPathScene {
  directory: string;
  database: Database;
  owner: Actor;
  /** A live run that has written nothing yet. `onPlaces` is told of its folders before anything looks into them. */
  addRun(onPlaces?: (places: { exchange: string; log: string }) => void): Promise<HandmadeRun>;
  /** Starts a process that supervises all live runs. */
  supervise(env?: Record<string, string>): Promise<SupervisingProcess>;
  /** What is wrong with a run that is final, by all invariants. */
  broken(run: HandmadeRun, expected?: Omit<LogPathExpectation, 'processes'>): Promise<string[]>;
  close(): Promise<void>;
}

/** `database` may be reached by another address (`through`) from the processes than from the test. One scene per test file. */
export async function openLogPathScene({ database, url, through = url }: { database: Database; url: string; through?: string }): Promise<LogPathScene> {
  const directory = mkdtempSync(path.join(os.tmpdir(), 'anyon-log-path-'));
  Object.assign(process.env, {
    NODE_ENV: 'test',
    ANYON_DATA_DIR: path.join(directory, 'data'),
    ANYON_TEMP_DIR: path.join(directory, 'tmp'),
    ANYON_INSTANCE: `log-path-${randomBytes(4).toString('hex')}`,
    ANYON_SECRET_KEY: randomBytes(32).toString('base64'),
    AUTH_SECRET: randomBytes(32).toString('hex'),
    DATABASE_URL: url,
    ANYON_FIREWALL: 'off',
  });
  mkdirSync(path.join(directory, 'data'));
  await recordMovesOfRuns(database);
  const owner: Actor = { userId: uuidv7(), sessionId: uuidv7(), login: 'owner', role: 'admin' };
  await database.insert(users).values({ id: owner.userId, login: owner.login, role: owner.role });
  const { workspaceId } = await workspaceWithRun(database, owner, 'running');
  const leaving = new AbortController();
  const processes: SupervisingProcess[] = [];
  const open: HandmadeRun[] = [];
  let number = 1;

  return {
    directory,
    database,
    owner,
    async addRun(onPlaces) {
      number += 1;
      const id = uuidv7();
      const [row] = await database
        .insert(runs)
        .values({ id, workspaceId, startedById: owner.userId, number, prompt: plainWords('Write.'), simulated: true, branch: `anyon/run-${number}`, claudeSessionId: randomUUID(), status: 'parked', containerId: 'stand-in', startedAt: new Date() })
        .returning();
      const credential = `canary-${randomBytes(18).toString('base64url')}`;
      const version = await putSecret(database, { ownerId: owner.userId, kind: 'custom', name: `CANARY_${number}` }, credential);
      await database.insert(secretUses).values({ attempt: `${id}-1`, ...version, secretName: 'CANARY', runId: id, userId: owner.userId });
      const places = runPlace(row as RunRow);
      for (const place of [places.exchange, places.log]) mkdirSync(place, { recursive: true });
      for (const name of ['out.raw', 'err.raw']) writeFileSync(path.join(places.exchange, name), '');
      onPlaces?.(places);
      const run = new HandmadeRun(row as RunRow, database, credential, leaving.signal);
      open.push(run);
      await putOn(database, id);
      return run;
    },
    async supervise(env) {
      const started = await startSupervising({ DATABASE_URL: through, ...env });
      processes.push(started);
      return started;
    },
    broken: (run, expected) => brokenLogPath(database, run, { processes, ...expected }),
    async close() {
      leaving.abort();
      await closeAll(
        ...processes.map((each) => () => each.kill()),
        async () => void (await Promise.allSettled(open.map(({ shown }) => shown.ended))),
        async () => open.forEach((run) => run.close()),
        async () => rmSync(directory, { recursive: true, force: true }),
      );
    },
  };
}

/** Only when all else is there: a supervisor may look at any moment. */
async function putOn(database: Database, id: string): Promise<void> {
  await database.update(runs).set({ status: 'running' }).where(eq(runs.id, id));
}
