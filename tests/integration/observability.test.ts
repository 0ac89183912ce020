import { mkdtempSync, readFileSync, rmSync, utimesSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { uuidv7 } from 'uuidv7';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { GET as getHealth } from '@/app/api/health/route';
import { GET as getMetrics } from '@/app/api/metrics/route';
import type { MaskedText } from '@/contract/masked-text';
import { runs, users, workspaces } from '@/db/schema';
import { database, rawDatabase } from '@/server/database';
import { workerMetersFile } from '@/server/deployment/paths';
import { env } from '@/server/env';
import { runLoops } from '@/server/background-loops';
import { meters } from '@/server/meters';
import { keepMeters } from '@/server/system/metrics/kept-meters';
import { occupy } from '@/server/trpc/stream-limit';
import { root } from '@/tests/house/house';
import { createTestDatabase, type TestDatabase } from '@/tests/setup/test-database';
import { changeEnvironment } from '@/tests/setup/test-environment';

const directory = mkdtempSync(path.join(os.tmpdir(), 'anyon-metrics-'));
const TOKEN = 'a token of sixteen and more';
let testDatabase: TestDatabase;

beforeAll(async () => {
  testDatabase = await createTestDatabase();
  changeEnvironment({ NODE_ENV: 'test', ANYON_LOG_LEVEL: 'silent', ANYON_DATA_DIR: directory, DATABASE_URL: testDatabase.url });
  const userId = uuidv7();
  await database().insert(users).values({ id: userId, login: 'somebody-by-name', role: 'admin' });
  const workspaceId = uuidv7();
  await database().insert(workspaces).values({ id: workspaceId, ownerId: userId, name: 'a secret project', repositoryUrl: 'https://example.com/x.git', image: 'x', memoryBytes: 1, cpus: 1, pids: 1, status: 'stopped', steps: [] });
  await database().insert(runs).values([1, 2].map((number) => ({ id: uuidv7(), workspaceId, startedById: userId, number, prompt: 'a secret prompt' as MaskedText, simulated: true, branch: 'b', claudeSessionId: uuidv7(), status: 'failed' as const })));
});
beforeEach(() => changeEnvironment({ ANYON_METRICS_TOKEN: undefined, ANYON_DEPLOYMENT_MODE: 'local' }));
afterAll(async () => {
  await rawDatabase().end({ timeout: 1 });
  await testDatabase?.drop();
  rmSync(directory, { recursive: true, force: true });
});

const ask = (headers: Record<string, string> = {}) => getMetrics(new Request('http://localhost/api/metrics', { headers: { 'x-anyon-peer': '127.0.0.1', 'x-anyon-passed-on': 'false', ...headers } }));
const text = async () => (await ask()).text();
const namesIn = (metrics: string) => new Set([...metrics.matchAll(/^([a-z_0-9]+)\{/gm)].map(([, name = '']) => name));

describe('E4 /api/metrics', () => {
  it('says how many runs there are in each state, of web and worker apart, with no word of anybody', async () => {
    meters().taskAttempts.observe({ kind: 'create', outcome: 'succeeded' }, 2);
    meters().engineCalls.observe({ method: 'GET', outcome: 'answered' }, 0.01);
    const release = occupy('tab', { userId: uuidv7(), sessionId: uuidv7(), login: 'somebody-by-name', role: 'admin' });
    await keepMeters('worker');
    const metrics = await text();
    release();
    expect(metrics).toMatch(/^anyon_runs\{(?=.*status="failed").*\} 2$/m);
    expect(metrics).toMatch(/^anyon_runs\{(?=.*status="queued").*\} 0$/m);
    expect(metrics).toMatch(/^anyon_part_well\{(?=.*part="worker").*\} 0$/m);
    expect(metrics).toMatch(/^anyon_open_streams\{(?=.*kind="tab")(?=.*process="web").*\} 1$/m);
    expect(metrics).toMatch(/^anyon_task_attempt_seconds_count\{(?=.*kind="create")(?=.*deployment="local")(?=.*process="worker").*\} 1$/m);
    expect(metrics).toMatch(/^anyon_database_connections\{/m);
    for (const process of ['web', 'worker']) for (const name of ['process_resident_memory_bytes', 'nodejs_eventloop_lag_seconds']) expect(metrics).toMatch(new RegExp(`^${name}\\{(?=.*process="${process}").*\\} `, 'm'));
    expect(metrics).not.toMatch(/somebody-by-name|secret|[0-9a-f]{8}-[0-9a-f]{4}-/);
    expect(metrics.match(/^# TYPE nodejs_eventloop_lag_seconds /gm)).toHaveLength(1);
  });

  it('counts what goes wrong in a loop', async () => {
    const ending = new AbortController();
    const broken = async (): Promise<never> => {
      setTimeout(() => ending.abort(), 10);
      throw new Error('no');
    };
    await runLoops([{ name: 'broken', everyMs: 60_000, run: broken }], ending.signal);
    expect(await text()).toMatch(/^anyon_loop_failures_total\{(?=.*loop="broken").*\} 1$/m);
  });

  it('says nothing of a worker that has gone', async () => {
    await keepMeters('worker');
    const old = Date.now() / 1000 - 60;
    utimesSync(workerMetersFile(), old, old);
    expect(await text()).not.toContain('process="worker"');
  });

  it('goes on without a database, and says that it is gone', async () => {
    const there = rawDatabase();
    const states = (globalThis as Record<symbol, unknown>)[Symbol.for('anyon.process-state')] as Map<string, unknown>;
    const pool = states.get('database');
    states.delete('database');
    changeEnvironment({ DATABASE_URL: 'postgres://anyon@127.0.0.1:1/none' });
    const metrics = await text();
    expect(metrics).toMatch(/^anyon_part_well\{(?=.*part="database").*\} 0$/m);
    expect(metrics).not.toContain('anyon_runs{');
    const ready = await getHealth(new Request('http://localhost/api/health?probe=ready'));
    expect(ready.status).toBe(503);
    expect(await ready.json()).toMatchObject({ status: 'degraded', reasons: ['The database does not answer.'] });
    expect((await getHealth(new Request('http://localhost/api/health'))).status).toBe(200);
    states.set('database', pool);
    changeEnvironment({ DATABASE_URL: testDatabase.url });
    expect(rawDatabase()).toBe(there);
  });

  it.each<[string, Record<string, string | undefined>, Record<string, string>, number]>([
    ['this machine', {}, {}, 200],
    ['another machine', {}, { 'x-anyon-peer': '10.0.0.9' }, 403],
    ['another machine through a proxy here', {}, { 'x-anyon-passed-on': 'true' }, 403],
    ['this machine, in the cloud', { ANYON_DEPLOYMENT_MODE: 'cloud' }, {}, 403],
    ['this machine without the token', { ANYON_METRICS_TOKEN: TOKEN }, {}, 403],
    ['another machine with the token', { ANYON_METRICS_TOKEN: TOKEN, ANYON_DEPLOYMENT_MODE: 'cloud' }, { 'x-anyon-peer': '10.0.0.9', authorization: `Bearer ${TOKEN}` }, 200],
    ['another machine with another token', { ANYON_METRICS_TOKEN: TOKEN }, { authorization: `Bearer ${TOKEN}x` }, 403],
  ])('asked from %s', async (_who, settings, headers, status) => {
    changeEnvironment(settings);
    expect((await ask(headers)).status).toBe(status);
  });

  it('has every number that the Grafana dashboard draws', async () => {
    await keepMeters('worker');
    const inPlain = (name: string) => name.replace(/_(bucket|sum|count)$/, '');
    const known = new Set([...namesIn(await text())].flatMap((name) => [name, inPlain(name)]));
    const dashboard = readFileSync(path.join(root, 'docker/grafana/anyon-dashboard.json'), 'utf8');
    const drawn = [...dashboard.matchAll(/"expr": "([^"]*(?:\\"[^"]*)*)"/g)].flatMap(([, expr = '']) => expr.match(/\b(?:anyon|nodejs|process)_[a-z_0-9]+/g) ?? []);
    expect(drawn.length).toBeGreaterThan(10);
    expect(drawn.filter((name) => !known.has(name) && !known.has(inPlain(name)))).toEqual([]);
  });
});

describe('E4 /api/health', () => {
  it('is live, ready, and degraded with its reasons while no worker is there', async () => {
    expect(await (await getHealth(new Request('http://localhost/api/health?probe=live'))).json()).toEqual({ status: 'ok' });
    const ready = await getHealth(new Request('http://localhost/api/health?probe=ready'));
    expect(ready.status).toBe(200);
    expect(await ready.json()).toEqual({ status: 'degraded', database: 'ok', worker: 'absent', engine: 'unknown', reasons: ['No worker is at work: nothing new begins.'] });
    expect(env().ANYON_DEPLOYMENT_MODE).toBe('local');
  });
});
