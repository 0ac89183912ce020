import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { encode } from 'next-auth/jwt';
import { uuidv7 } from 'uuidv7';
import { openDatabase, openPool, type Database } from '@/db/client';
import { migrateDatabase } from '@/db/migrate';
import { runs, users, workspaces } from '@/db/schema';
import { openSession } from '@/server/people/sessions';
import { startEmbeddedPostgres, stopEmbeddedPostgres } from '@/server/deployment/embedded-postgres';
import { plainWords } from '@/server/secrets/masked-text';
import { freePort } from '@/tests/setup/free-ports';
import type { BenchRun as Row } from '@/tests/bench/row';
import { startPart, stopPart } from '@/tests/bench/log-path-messages';
import { BUILT_WEB, startStandaloneWeb } from '@/tests/bench/log-path-standalone';

const root = path.resolve(import.meta.dirname, '../..');
export const BENCH_IMAGE = 'anyon-claude:latest';

export interface BenchRun {
  runId: string;
  rawDirectory: string;
  logDirectory: string;
}

/** The product as far as the log path goes: database, session, web process and collecting process, each real. */
export interface BenchProduct {
  url: string;
  cookie: string;
  /** What serves the API: `next` (the built product) or `bare` (a checkout that is not built). */
  web: 'next' | 'bare';
  server: ChildProcess;
  collector: ChildProcess;
  /** Rows and files of a run that is about to write, in this directory or in one of its own. */
  addRun: (rawDirectory?: string) => Promise<BenchRun>;
  /** The session cookie of one more administrator: each may have only so many tabs. */
  addPerson: () => Promise<string>;
  close: () => Promise<void>;
}

/** `afterwards` is told at once how all of it is ended: a row may be interrupted while it starts. */
export async function startBenchProduct(directory: string, afterwards?: Row['afterwards']): Promise<BenchProduct> {
  const undo: (() => Promise<unknown>)[] = [];
  const close = async (): Promise<void> => {
    for (let action = undo.pop(); action; action = undo.pop()) await action();
  };
  afterwards?.(close);
  try {
    return { ...(await startProcesses(directory, undo)), close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function startProcesses(directory: string, undo: (() => Promise<unknown>)[]): Promise<Omit<BenchProduct, 'close'>> {
  const postgresDirectory = path.join(directory, 'postgres');
  await mkdir(postgresDirectory);
  await chmod(postgresDirectory, 0o755);
  undo.push(async () => stopEmbeddedPostgres(postgresDirectory));
  const { url: databaseUrl } = await startEmbeddedPostgres({ directory: postgresDirectory, port: await freePort() });
  await migrateDatabase(databaseUrl, path.join(root, 'db/migrations'));
  const sql = openPool(databaseUrl, { max: 2 });
  undo.push(async () => sql.end({ timeout: 1 }));
  const database = openDatabase(sql);
  const port = await freePort();
  const url = `http://localhost:${port}`;
  const secret = randomBytes(32).toString('hex');
  const dataDirectory = path.join(directory, 'data');
  const env = { NODE_ENV: 'production', ANYON_DATA_DIR: dataDirectory, ANYON_URL: url, PORT: String(port), HOSTNAME: 'localhost', AUTH_SECRET: secret, ANYON_SECRET_KEY: randomBytes(32).toString('base64'), DATABASE_URL: databaseUrl, ANYON_LOG_LEVEL: 'warn' };
  const { cookie, userId } = await signIn(database, { secret, port });
  const workspaceId = await addWorkspace(database, userId);
  const web = existsSync(path.join(root, BUILT_WEB)) ? 'next' : 'bare';
  const server = web === 'next' ? await startStandaloneWeb(root, env, url) : await startPart('log-path-web.ts', env);
  undo.push(async () => stopPart(server));
  const collector = await startPart('log-path-collector.ts', env);
  undo.push(async () => stopPart(collector));
  let number = 0;
  return {
    url,
    cookie,
    web,
    server,
    collector,
    addRun: async (rawDirectory) => addRun(database, { workspaceId, userId, number: ++number, directory, dataDirectory, rawDirectory }),
    addPerson: async () => (await signIn(database, { secret, port, login: `bench-${++number}` })).cookie,
  };
}

async function signIn(database: Database, options: { secret: string; port: number; login?: string }): Promise<{ cookie: string; userId: string }> {
  const userId = uuidv7();
  await database.insert(users).values({ id: userId, login: options.login ?? 'bench', role: 'admin' });
  const sessionId = await openSession(database, userId, 'setup_token');
  const name = `anyon-session-${options.port}`;
  const token = await encode({ token: { sub: userId, sid: sessionId }, secret: options.secret, salt: name });
  return { cookie: `${name}=${token}`, userId };
}

async function addWorkspace(database: Database, ownerId: string): Promise<string> {
  const workspaceId = uuidv7();
  await database.insert(workspaces).values({
    id: workspaceId,
    ownerId,
    name: 'bench',
    repositoryUrl: 'https://git.example/bench.git',
    image: BENCH_IMAGE,
    memoryBytes: 1024 ** 3,
    cpus: 1,
    pids: 256,
    status: 'running',
    steps: [],
  });
  return workspaceId;
}

async function addRun(
  database: Database,
  options: { workspaceId: string; userId: string; number: number; directory: string; dataDirectory: string; rawDirectory?: string | undefined },
): Promise<BenchRun> {
  const runId = uuidv7();
  await database.insert(runs).values({
    id: runId,
    workspaceId: options.workspaceId,
    startedById: options.userId,
    number: options.number,
    prompt: plainWords('bench'),
    simulated: true,
    branch: `anyon/run-${options.number}`,
    claudeSessionId: runId,
    status: 'running',
  });
  const rawDirectory = options.rawDirectory ?? path.join(options.directory, 'exchange', runId);
  await mkdir(rawDirectory, { recursive: true });
  for (const name of ['out.raw', 'err.raw']) {
    await writeFile(path.join(rawDirectory, name), '');
    await chmod(path.join(rawDirectory, name), 0o666);
  }
  return { runId, rawDirectory, logDirectory: path.join(options.dataDirectory, 'runs', runId) };
}
