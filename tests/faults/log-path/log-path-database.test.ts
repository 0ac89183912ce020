import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { openDatabase, openPool, type Sql } from '@/db/client';
import { migrateDatabase } from '@/db/migrate';
import { startEmbeddedPostgres, stopEmbeddedPostgres } from '@/server/deployment/embedded-postgres';
import { chanceFrom } from '@/tests/faults/chosen-by-seed';
import { closeAll } from '@/tests/faults/close-all';
import { whole } from '@/tests/faults/extent';
import { faultSeed } from '@/tests/faults/fault-scene';
import type { HandmadeRun } from '@/tests/faults/log-path/handmade-run';
import { openLogPathScene, type LogPathScene } from '@/tests/faults/log-path/log-path-scene';
import type { SupervisingProcess } from '@/tests/faults/log-path/supervising-process';
import { startPostgresFaultProxy, type PostgresFaultProxy } from '@/tests/faults/postgres-fault-proxy';
import { freePort } from '@/tests/setup/free-ports';
import { until } from '@/tests/setup/runtime-container';

/**
 * The database goes away, or behaves badly, while a run writes: a server of its own, on a disk in memory that can be filled, behind a proxy that
 * spoils what passes. Bytes must go on being copied all the while; rows come when it is well again.
 */
const seed = faultSeed();
const chance = chanceFrom(seed);
/** Rows and their cursor are right again so soon after the database is (its own recovery not counted, on a busy machine). */
const RESUMED_WITHIN_MS = 60_000;
const OUTAGE_MS = whole ? 30_000 : 3_000;
const isRoot = process.getuid?.() === 0;

let directory: string;
let place: string;
let sql: Sql;
let proxy: PostgresFaultProxy;
let scene: LogPathScene;
let supervising: SupervisingProcess;
let port: number;

beforeAll(async () => {
  directory = mkdtempSync(path.join(os.tmpdir(), 'anyon-log-path-postgres-'));
  place = path.join(directory, 'postgres');
  mkdirSync(place);
  if (isRoot) execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=400m', 'tmpfs', place]);
  for (const each of [directory, place]) chmodSync(each, 0o755); // Postgres runs as another user where this is root
  port = await freePort();
  const { url } = await startEmbeddedPostgres({ directory: place, port });
  await migrateDatabase(url, path.resolve('db/migrations'));
  sql = openPool(url, { max: 4 });
  proxy = await startPostgresFaultProxy(url);
  scene = await openLogPathScene({ database: openDatabase(sql), url, through: proxy.url });
  supervising = await scene.supervise();
});
afterEach(({ task }) => {
  if (task.result?.state === 'fail') console.info(supervising?.output().slice(-3_000), readFileSync(path.join(place, 'postgres.log'), 'utf8').slice(-3_000));
  proxy?.be('pass');
});
afterAll(() =>
  closeAll(
    () => scene?.close(),
    () => proxy?.close(),
    () => sql?.end({ timeout: 1 }),
    async () => void (await stopEmbeddedPostgres(place)),
    async () => {
      if (isRoot) execFileSync('umount', ['--lazy', place]);
      rmSync(directory, { recursive: true, force: true });
    },
  ),
);

let lines = 0;
function writeLines(run: HandmadeRun, count: number): void {
  for (let line = 0; line < count; line += 1) run.write(`${JSON.stringify({ type: 'assistant', line: (lines += 1), said: `the key is ${run.credential}` })}\n`);
}

const rowsUpToDate = (run: HandmadeRun) => until('the rows', async () => (await run.row().catch(() => null))?.parsedUpTo === run.written('out').length, RESUMED_WITHIN_MS);

/** A run in the middle of which the fault comes. While it lasts, what is written is copied and shown; then the rows come, and the run ends well. */
async function through(fault: (run: HandmadeRun) => Promise<{ end?: () => Promise<void> | void } | void>): Promise<void> {
  const run = await scene.addRun();
  writeLines(run, 200);
  await rowsUpToDate(run);
  const { end } = (await fault(run)) ?? {};
  writeLines(run, 200);
  await run.copied(run.written('out').length);
  await end?.();
  await rowsUpToDate(run);
  writeLines(run, 200);
  run.exit();
  const row = await run.final();
  expect({ status: row.status, seed, broken: await scene.broken(run) }).toEqual({ status: 'succeeded', seed, broken: [] });
}

describe('D1-05 the connection to the database', () => {
  const faults: [string, Parameters<typeof through>[0]][] = [
    ['is reset', async () => void proxy.reset()],
    ['is cut in the middle of a statement', async (run) => {
      const cut = proxy.cutInMiddleOf('the line that is cut');
      run.write(`${JSON.stringify({ type: 'assistant', said: 'the line that is cut' })}\n`);
      await cut;
    }],
    ['takes everything and answers nothing for a while', async () => {
      proxy.be('blackhole');
      return { end: async () => {
        await sleep(OUTAGE_MS);
        proxy.be('pass');
      } };
    }],
    ['is slow', async () => {
      proxy.be({ delayMs: 200 });
      return { end: async () => {
        await sleep(2_000);
        proxy.be('pass');
      } };
    }],
    ['passes one byte a second', async () => {
      proxy.be({ bytesPerSecond: 1 });
      return { end: async () => {
        await sleep(OUTAGE_MS);
        proxy.be('pass');
      } };
    }],
  ];

  it.each(whole ? faults : [...chance.shuffled(faults.slice(0, 2)), chance.oneOf(faults.slice(2))])('D1-05 %s', async (_what, fault) => through(fault));
});

describe('D1-05 REL-07 the server of the database', () => {
  const signals: [string, (pids: number[]) => Promise<(() => Promise<void> | void) | null>][] = [
    ['is killed', async (pids) => {
      for (const pid of pids) kill(pid, 'SIGKILL');
      return async () => void (await startEmbeddedPostgres({ directory: place, port }));
    }],
    ['stands still', async (pids) => {
      for (const pid of pids) kill(pid, 'SIGSTOP');
      await sleep(OUTAGE_MS);
      return () => pids.forEach((pid) => kill(pid, 'SIGCONT'));
    }],
  ];

  it.each(whole ? signals : [chance.oneOf(signals)])('D1-05 %s', async (_what, strike) => {
    await through(async () => {
      const bringBack = await strike(postgresProcesses());
      return { end: async () => bringBack?.() };
    });
  });
});

// Only root can mount the disk that is filled.
it.skipIf(!whole || !isRoot)('D1-06 the disk of the database is full in the middle of the run: bytes go on, and the rows come when there is room', async () => {
  const filling = path.join(place, 'filling');
  await through(async (run) => {
    writeFileSync(filling, Buffer.alloc(statfsSync(place).bavail * statfsSync(place).bsize));
    // Rows until the server has no room left for them: at once, or when what it has set apart is used up.
    await until('a full disk', async () => {
      writeLines(run, 2_000);
      await sleep(200);
      return (await run.row().then(({ parsedUpTo }) => parsedUpTo < run.written('out').length - 500_000).catch(() => true));
    }, 120_000);
    return { end: async () => {
      rmSync(filling);
      await startEmbeddedPostgres({ directory: place, port }); // as the parent does: a full disk may have ended it
    } };
  });
});

/** The server and all that serve its connections. */
function postgresProcesses(): number[] {
  const postmaster = Number(readFileSync(path.join(place, 'cluster/postmaster.pid'), 'utf8').split('\n')[0]);
  const children = readdirSync('/proc').filter((name) => /^\d+$/.test(name)).filter((name) => parentOf(name) === postmaster).map(Number);
  return [postmaster, ...children];
}

function parentOf(pid: string): number | null {
  try {
    return Number(/\) \S (\d+) /.exec(readFileSync(`/proc/${pid}/stat`, 'latin1'))?.[1]);
  } catch {
    return null; // it has ended
  }
}

function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // one that served a connection may have ended by itself
  }
}
