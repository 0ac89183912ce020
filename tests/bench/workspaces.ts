import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { bridgeGateway } from '@/scripts/demo/bridge-gateway.mjs';
import { createRepository, startGitHttpServer } from '@/scripts/demo/git-http-server.mjs';
import { BarePeer } from '@/tests/bench/workspaces-peer';
import { startRunningProduct, type AnyonClient, type RunningProduct } from '@/tests/setup/running-product';

/**
 * Goals S6, S7 and S10: what a workspace costs. Creating one and fifty at once, beside bare `docker network create` +
 * `docker create` + `docker start` of the same specification in the same run (peer, product, peer); two hundred held at
 * once with the time of list and status beside ten; memory of the product's processes per idle workspace.
 */
const SINGLES = 7;
const AT_ONCE = 50;
const HELD = Number(process.env['ANYON_BENCH_HELD'] ?? 200);
const READS = 60;
const LIMITS = { memoryBytes: 512 * 1024 ** 2, cpus: 1, pids: 256 };

const percentile = (values: number[], part: number): number => values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.ceil(values.length * part) - 1)] ?? Number.NaN;
const median = (values: number[]): number => percentile(values, 0.5);

interface Created {
  id: string;
  answeredMs: number;
  /** From the call to the moment at which the container runs, and to the end of the checklist. */
  containerMs: number;
  readyMs: number;
}

async function create(client: AnyonClient, repositoryUrl: string, name: string): Promise<Created> {
  const started = performance.now();
  const startedAt = Date.now();
  const { id } = await client.workspaces.create.mutate({ repositoryUrl, name, limits: LIMITS });
  const answeredMs = performance.now() - started;
  for (;;) {
    const view = await client.workspaces.byId.query({ workspaceId: id });
    if (view.status === 'running') {
      const container = view.steps.find((step) => step.name === 'container')?.endedAt?.getTime() ?? Number.NaN;
      const ready = view.steps.find((step) => step.name === 'ready')?.endedAt?.getTime() ?? Number.NaN;
      return { id, answeredMs, containerMs: container - startedAt, readyMs: ready - startedAt };
    }
    if (view.status !== 'creating') throw new Error(`${name} is ${view.status}: ${view.statusReason}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

/** The same, for many: followed by one list per look, as a page would. */
async function createMany(client: AnyonClient, repositoryUrl: string, prefix: string, count: number): Promise<{ ids: string[]; answeredMs: number[]; seconds: number; containerSeconds: number; errors: number }> {
  const startedAt = Date.now();
  const answeredMs: number[] = [];
  const ids = await Promise.all(
    Array.from({ length: count }, async (_, index) => {
      const called = performance.now();
      const { id } = await client.workspaces.create.mutate({ repositoryUrl, name: `${prefix} ${index}`, limits: LIMITS });
      answeredMs.push(performance.now() - called);
      return id;
    }),
  );
  const wanted = new Set(ids);
  for (;;) {
    const views = (await client.workspaces.list.query()).filter((view) => wanted.has(view.id));
    if (views.every((view) => view.status !== 'creating')) {
      const ends = (name: string) => Math.max(...views.map((view) => view.steps.find((step) => step.name === name)?.endedAt?.getTime() ?? 0));
      const errors = views.filter((view) => view.status !== 'running').length;
      return { ids, answeredMs, seconds: (ends('ready') - startedAt) / 1000, containerSeconds: (ends('container') - startedAt) / 1000, errors };
    }
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

async function remove(client: AnyonClient, ids: string[]): Promise<void> {
  for (const workspaceId of ids) await client.workspaces.delete.mutate({ workspaceId });
  while ((await client.workspaces.list.query()).some((view) => ids.includes(view.id))) await new Promise((resolve) => setTimeout(resolve, 300));
}

async function readTimes(client: AnyonClient, ids: string[]): Promise<{ list: number; status: number }> {
  const list: number[] = [];
  const status: number[] = [];
  for (let index = 0; index < READS; index++) {
    let from = performance.now();
    await client.workspaces.list.query();
    list.push(performance.now() - from);
    from = performance.now();
    await client.workspaces.byId.query({ workspaceId: ids[index % ids.length] ?? '' });
    status.push(performance.now() - from);
  }
  return { list: percentile(list, 0.95), status: percentile(status, 0.95) };
}

/** Resident memory of the product's own processes, in MB. */
async function residentMemory(product: RunningProduct): Promise<number> {
  const pids = Object.values(product.processes()).map(({ pid }) => pid);
  const sizes = await Promise.all(pids.map(async (pid) => Number(/VmRSS:\s+(\d+)/.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0)));
  return sizes.reduce((sum, size) => sum + size, 0) / 1024;
}

/** The smallest of some readings over half a minute: garbage that will be collected is not a cost. */
async function settledMemory(product: RunningProduct): Promise<number> {
  const readings: number[] = [];
  for (let index = 0; index < 6; index++) {
    await new Promise((resolve) => setTimeout(resolve, 5_000));
    readings.push(await residentMemory(product));
  }
  return Math.min(...readings);
}

type Row = [what: string, anyon: string, beside: string, ratio: string];

async function run(product: RunningProduct, repositoryUrl: string): Promise<void> {
  const { client } = await product.signIn();
  const peer = new BarePeer(LIMITS);
  const rows: Row[] = [];
  const figures: Record<string, unknown> = {};
  try {
    await create(client, repositoryUrl, 'warm up').then(({ id }) => remove(client, [id]));
    const before = await peer.single(SINGLES);
    const singles: Created[] = [];
    for (let index = 0; index < SINGLES; index++) {
      const one = await create(client, repositoryUrl, `single ${index}`);
      singles.push(one);
      await remove(client, [one.id]);
    }
    const after = await peer.single(SINGLES);
    const bare = median([...before, ...after]);
    const container = median(singles.map((one) => one.containerMs));
    const ready = median(singles.map((one) => one.readyMs));
    rows.push(['S6 one, to a running container, ms', container.toFixed(0), bare.toFixed(0), `${(container / bare).toFixed(2)} × (goal ≤ 1.15)`]);
    rows.push(['S6 one, cloned, proved and ready, ms', ready.toFixed(0), bare.toFixed(0), `${(ready / bare).toFixed(2)} ×`]);
    rows.push(['S6 the call answers, ms (slowest)', Math.max(...singles.map((one) => one.answeredMs)).toFixed(0), '3000', 'goal: below']);

    const bareBefore = await peer.many(AT_ONCE);
    const many = await createMany(client, repositoryUrl, 'at once', AT_ONCE);
    await remove(client, many.ids);
    const bareAfter = await peer.many(AT_ONCE);
    const bareMany = (bareBefore + bareAfter) / 2;
    rows.push([`S6 ${AT_ONCE} at once, to running containers, s`, many.containerSeconds.toFixed(1), bareMany.toFixed(1), `${(many.containerSeconds / bareMany).toFixed(2)} × (goal ≤ 1.15)`]);
    rows.push([`S6 ${AT_ONCE} at once, all ready, s`, many.seconds.toFixed(1), bareMany.toFixed(1), `${(many.seconds / bareMany).toFixed(2)} ×`]);
    rows.push([`S6 ${AT_ONCE} calls at once answer, ms (slowest)`, Math.max(...many.answeredMs).toFixed(0), '3000', 'goal: below']);
    rows.push([`S6 errors of ${AT_ONCE}`, String(many.errors), '0', many.errors === 0 ? 'goal met' : 'goal: 0']);

    const ten = await createMany(client, repositoryUrl, 'held', 10);
    const memoryOfTen = await settledMemory(product);
    const readsOfTen = await readTimes(client, ten.ids);
    const rest = await createMany(client, repositoryUrl, 'more', HELD - 10);
    const memoryOfAll = await settledMemory(product);
    const readsOfAll = await readTimes(client, [...ten.ids, ...rest.ids]);
    const perWorkspace = (memoryOfAll - memoryOfTen) / (HELD - 10);
    rows.push([`S7 list of ${HELD}, p95 ms, beside 10`, readsOfAll.list.toFixed(1), readsOfTen.list.toFixed(1), `${(readsOfAll.list / readsOfTen.list).toFixed(2)} × (goal ≤ 2)`]);
    rows.push([`S7 status among ${HELD}, p95 ms, beside 10`, readsOfAll.status.toFixed(1), readsOfTen.status.toFixed(1), `${(readsOfAll.status / readsOfTen.status).toFixed(2)} × (goal ≤ 2)`]);
    rows.push([`S7 errors of ${HELD}`, String(ten.errors + rest.errors), '0', '']);
    rows.push(['S10 MB of the server per idle workspace', perWorkspace.toFixed(3), '', 'goal ≤ 0.3']);
    rows.push([`S10 MB of the server with ${HELD}`, memoryOfAll.toFixed(0), memoryOfTen.toFixed(0), 'beside 10']);
    Object.assign(figures, { bareSingleMs: { before, after }, singles, bareManySeconds: { bareBefore, bareAfter }, many: { ...many, ids: undefined }, readsOfTen, readsOfAll, memoryOfTen, memoryOfAll, perWorkspace });
    await remove(client, [...ten.ids, ...rest.ids]);
  } finally {
    await peer.close();
    print(rows);
    await save({ at: new Date().toISOString(), cpus: os.cpus().length, memory: os.totalmem(), rows, figures });
  }
}

function print(rows: Row[]): void {
  const all: Row[] = [['', 'Anyon', 'beside', 'ratio'], ...rows];
  const widths = [0, 1, 2, 3].map((column) => Math.max(...all.map((row) => row[column]!.length)));
  process.stdout.write('\nworkspaces: beside docker network create + docker create + docker start of the same specification\n');
  for (const row of all) process.stdout.write(`${row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!))).join('  ')}\n`);
}

async function save(result: object): Promise<void> {
  const directory = path.resolve(import.meta.dirname, '../../bench-results');
  await mkdir(directory, { recursive: true });
  await writeFile(path.join(directory, 'workspaces.json'), `${JSON.stringify(result, null, 2)}\n`);
  process.stdout.write('\nwritten to bench-results/workspaces.json\n');
}

const directory = await mkdtemp(path.join(os.tmpdir(), 'anyon-bench-workspaces-'));
createRepository({ directory, name: 'small', files: { 'README.md': '# Small\n' } });
const git = await startGitHttpServer({ directory, host: await bridgeGateway() });
const product = await startRunningProduct({ env: { ANYON_EGRESS_PRIVATE: new URL(git.url).host } });
try {
  await run(product, `${git.url}/small.git`);
} finally {
  await product.close();
  await git.close();
  await rm(directory, { recursive: true, force: true });
}
