import { setTimeout as sleep } from 'node:timers/promises';
import { count, eq } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Actor } from '@/contract/actor';
import type { WorkspaceMetrics } from '@/contract/metrics';
import { workspaceMetrics, workspaces } from '@/db/schema';
import type { ContainerEngine } from '@/server/containers/engine';
import { database } from '@/server/database';
import { appRouter } from '@/server/trpc/router';
import { createCallerFactory } from '@/server/trpc/init';
import { MetricsCollector } from '@/server/workspaces/metrics/metrics-collector';
import { followMetrics } from '@/server/workspaces/metrics/metrics-hub';
import { readLatest } from '@/server/workspaces/metrics/metrics-rows';
import { freshSteps } from '@/server/workspaces/tasks/start-steps';
import { FakeEngine } from '@/tests/fakes/fake-engine';
import { openEngineFixture } from '@/tests/setup/engine-fixture';
import { startTestProduct, type TestProduct } from '@/tests/setup/test-product';

let product: TestProduct;
let ada: Actor;
let bob: Actor;
let root: Actor;
const never = new AbortController().signal;
const noDisk = () => null;

beforeAll(async () => {
  product = await startTestProduct();
});
/** New people for every test: what the hub of this process knows of earlier ones stays there for a while. */
beforeEach(async () => {
  [ada, bob, root] = await Promise.all([product.addUser(`ada-${uuidv7()}`), product.addUser(`bob-${uuidv7()}`), product.addUser(`root-${uuidv7()}`, 'admin')]);
});
afterEach(async () => {
  await database().delete(workspaces);
});
afterAll(() => product?.close());

async function addWorkspace(owner: Actor, containerId: string): Promise<string> {
  const id = uuidv7();
  const limits = { memoryBytes: 1024 ** 3, cpus: 1, pids: 100 };
  await database().insert(workspaces).values({ id, ownerId: owner.userId, name: 'w', repositoryUrl: 'https://x.org/y', image: 'i', ...limits, status: 'running', steps: freshSteps(), containerId });
  return id;
}

/** The fake engine with running containers, and every call of it counted by name. */
async function fakeEngine(containers: number): Promise<{ engine: ContainerEngine; ids: string[]; calls: Map<string, number> }> {
  const fake = new FakeEngine({ dataDir: product.directory, instance: product.instance, images: ['i'] });
  await fake.ensureNetwork({ name: 'anyon-n', labels: {}, bridge: 'anyn0', pool: '10.213.0.0/16' });
  const ids: string[] = [];
  for (let number = 0; number < containers; number += 1) {
    const id = await fake.createContainer({ name: `c${number}`, image: 'i', labels: {}, env: {}, user: '1000', network: 'anyon-n', limits: { memoryBytes: 2 ** 28, cpus: 1, pids: 64 }, mounts: [] });
    await fake.startContainer(id);
    ids.push(id);
  }
  const calls = new Map<string, number>();
  const engine = new Proxy<ContainerEngine>(fake, {
    get(target, name: keyof ContainerEngine) {
      calls.set(name, (calls.get(name) ?? 0) + 1);
      return (target[name] as (...args: unknown[]) => unknown).bind(target);
    },
  });
  return { engine, ids, calls };
}

async function readingsOf(workspaceId: string) {
  return database().select().from(workspaceMetrics).where(eq(workspaceMetrics.workspaceId, workspaceId)).orderBy(workspaceMetrics.at);
}

describe('the collector', () => {
  it('stores one reading per container and round, of processor use from its own two, and carries the disk use along', async () => {
    const { engine, ids } = await fakeEngine(2);
    const [one, other] = [await addWorkspace(ada, ids[0] ?? ''), await addWorkspace(ada, ids[1] ?? '')];
    const collector = new MetricsCollector(engine, (workspaceId) => (workspaceId === one ? 5000 : null));
    await collector.round(never);
    await sleep(600);
    await collector.round(never);
    const readings = await readingsOf(one);
    expect(readings).toHaveLength(2);
    // The fake uses one core in a hundred.
    for (const reading of readings) {
      expect(reading).toMatchObject({ memoryBytes: 1024 * 1024, memoryLimitBytes: 2 ** 28, pids: 1, networkReceivedBytes: 0, networkSentBytes: 0, diskBytes: 5000 });
      expect(reading.cpus).toBeCloseTo(0.01, 3);
    }
    expect((await readingsOf(other)).map((reading) => reading.diskBytes)).toEqual([null, null]);
  });

  it('leaves out what has stopped, is gone or never had a container, and what is deleted in the middle of a round', async () => {
    const { engine, ids } = await fakeEngine(3);
    await engine.stopContainer(ids[0] ?? '', { graceSeconds: 1 });
    const stopped = await addWorkspace(ada, ids[0] ?? '');
    const gone = await addWorkspace(ada, 'no-such-container');
    const deleted = await addWorkspace(ada, ids[1] ?? '');
    const well = await addWorkspace(ada, ids[2] ?? '');
    let deletion: Promise<unknown> | undefined;
    const collector = new MetricsCollector(engine, (workspaceId) => {
      if (workspaceId === deleted) deletion ??= database().delete(workspaces).where(eq(workspaces.id, deleted)).then(() => undefined);
      return null;
    });
    await collector.round(never);
    await deletion; // whichever of the two came first
    expect(await database().select().from(workspaces).where(eq(workspaces.id, deleted))).toEqual([]);
    for (const id of [stopped, gone, deleted]) expect(await readingsOf(id)).toEqual([]);
    expect(await readingsOf(well)).toHaveLength(1);
  });

  it('forgets readings that are older than they are kept', async () => {
    const { engine, ids } = await fakeEngine(1);
    const id = await addWorkspace(ada, ids[0] ?? '');
    const reading = { workspaceId: id, cpus: 0, memoryBytes: 1, memoryLimitBytes: 1, pids: 1, networkReceivedBytes: 0, networkSentBytes: 0, diskBytes: null };
    const minutesAgo = (minutes: number) => new Date(Date.now() - minutes * 60_000);
    await database().insert(workspaceMetrics).values([{ ...reading, at: minutesAgo(71) }, { ...reading, at: minutesAgo(69) }]);
    await new MetricsCollector(engine, noDisk).round(never);
    const left = (await readingsOf(id)).map(({ at }) => Math.round((Date.now() - at.getTime()) / 60_000));
    expect(left).toEqual([69, 0]);
  });

  it('is held up by one container that hangs for a moment only, and by an engine that hangs for one round at most', async () => {
    const { engine, ids, calls } = await fakeEngine(12);
    const workspaceIds = await Promise.all(ids.map((id) => addWorkspace(ada, id)));
    const hanging = new Set([ids[0]]);
    let open = 0;
    const readStats: ContainerEngine['readStats'] = async (id, signal) => {
      if (!hanging.has(id)) return engine.readStats(id, signal);
      open += 1;
      return new Promise((_resolve, reject) => signal?.addEventListener('abort', () => { open -= 1; reject(signal.reason as Error); }, { once: true }));
    };
    const collector = new MetricsCollector(new Proxy(engine, { get: (target, name: keyof ContainerEngine) => (name === 'readStats' ? readStats : target[name]) }), noDisk);
    const begun = performance.now();
    await collector.round(never);
    expect(performance.now() - begun).toBeLessThan(6_000);
    expect(await readingsOf(workspaceIds[0] ?? '')).toEqual([]);
    for (const id of workspaceIds.slice(1)) expect(await readingsOf(id)).toHaveLength(1);

    for (const id of ids) hanging.add(id);
    const answered = calls.get('readStats');
    const second = performance.now();
    await collector.round(never);
    expect(performance.now() - second).toBeLessThan(9_500);
    expect(open).toBe(0); // nothing is left waiting for the engine
    expect(calls.get('readStats')).toBe(answered);

    hanging.clear();
    await collector.round(never);
    for (const id of workspaceIds.slice(1)) expect(await readingsOf(id)).toHaveLength(2);
  });

  it('begins no round before the last one has ended, and none too early', async () => {
    const { engine, ids, calls } = await fakeEngine(1);
    await addWorkspace(ada, ids[0] ?? '');
    const collector = new MetricsCollector(engine, noDisk);
    await collector.onTime(never);
    const after = calls.get('readStats');
    const leave = new AbortController();
    setTimeout(() => leave.abort(), 500);
    await expect(collector.onTime(leave.signal)).rejects.toMatchObject({ name: 'AbortError' });
    expect(calls.get('readStats')).toBe(after);
  });
});

describe('those who look on', () => {
  const caller = (actor: Actor) => createCallerFactory(appRouter)({ actor });

  /** Collects what a viewer is shown until the signal. */
  async function view(actor: Actor, workspaceId: string | undefined, signal: AbortSignal): Promise<WorkspaceMetrics[][]> {
    const seen: WorkspaceMetrics[][] = [];
    for await (const event of followMetrics(actor, workspaceId, signal)) seen.push(event);
    return seen;
  }

  it('cost the engine nothing: twenty cause as many calls as one, and all see the same', async () => {
    const { engine, ids, calls } = await fakeEngine(5);
    for (const id of ids) await addWorkspace(ada, id);
    const collector = new MetricsCollector(engine, noDisk);
    const callsOfRoundWith = async (viewers: number) => {
      const leave = new AbortController();
      const viewing = Array.from({ length: viewers }, () => view(ada, undefined, leave.signal));
      await sleep(600);
      const before = new Map(calls);
      await collector.round(never);
      await sleep(600);
      leave.abort();
      const seen = await Promise.all(viewing);
      return { made: [...calls].map(([name, times]) => [name, times - (before.get(name) ?? 0)]), seen };
    };
    await collector.round(never);
    const one = await callsOfRoundWith(1);
    const twenty = await callsOfRoundWith(20);
    expect(one.made).toEqual([['readStats', 5]].map((entry) => expect.arrayContaining(entry) as unknown[]));
    expect(twenty.made).toEqual(one.made);
    for (const events of [...one.seen, ...twenty.seen]) {
      expect(events[0]).toHaveLength(5); // the latest, at once
      expect(new Set(events.slice(1).flat().map((event) => event.workspaceId)).size).toBe(5);
    }
    expect(new Set(twenty.seen.map((events) => JSON.stringify(events.at(-1)))).size).toBe(1);
  });

  it('see their own workspaces, an admin all, and one that is named alone', async () => {
    const { engine, ids } = await fakeEngine(3);
    const [first, second] = [await addWorkspace(ada, ids[0] ?? ''), await addWorkspace(ada, ids[1] ?? '')];
    const bobs = await addWorkspace(bob, ids[2] ?? '');
    const collector = new MetricsCollector(engine, noDisk);
    const leave = new AbortController();
    const viewing = [view(ada, undefined, leave.signal), view(bob, undefined, leave.signal), view(root, undefined, leave.signal), view(ada, second, leave.signal), view(bob, second, leave.signal)];
    await sleep(300);
    await collector.round(never);
    await sleep(600);
    leave.abort();
    const seen = (await Promise.all(viewing)).map((events) => new Set(events.flat().map((event) => event.workspaceId)));
    const [adas, bobsOwn, roots, named, foreign] = seen;
    expect([adas, bobsOwn, named, foreign]).toEqual([new Set([first, second]), new Set([bobs]), new Set([second]), new Set()]);
    expect([first, second, bobs].filter((id) => roots?.has(id))).toHaveLength(3);
  });

  it('get a first event at once, even when there is nothing', async () => {
    const leave = new AbortController();
    const events = followMetrics(ada, undefined, leave.signal);
    expect((await events.next()).value).toEqual([]);
    leave.abort();
    expect((await events.next()).done).toBe(true);
  });

  it('are refused somebody else’s workspace, live or not', async () => {
    const bobs = await addWorkspace(bob, 'c');
    await expect(caller(ada).workspaces.metricsHistory({ workspaceId: bobs })).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(caller(ada).workspaces.metrics({ workspaceId: bobs })).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('are given the last hour in order', async () => {
    const id = await addWorkspace(ada, 'c');
    const reading = { workspaceId: id, memoryBytes: 1, memoryLimitBytes: 1, pids: 1, networkReceivedBytes: 0, networkSentBytes: 0, diskBytes: null };
    await database().insert(workspaceMetrics).values([65, 30, 59, 1].map((minutes) => ({ ...reading, cpus: minutes, at: new Date(Date.now() - minutes * 60_000) })));
    expect((await caller(ada).workspaces.metricsHistory({ workspaceId: id })).map(({ cpus }) => cpus)).toEqual([59, 30, 1]);
  });
});

describe('at scale', () => {
  it('S7 a round over 200 workspaces is one statement and takes well under its ten seconds', async () => {
    const { engine, ids, calls } = await fakeEngine(200);
    for (const id of ids) await addWorkspace(ada, id);
    const collector = new MetricsCollector(engine, noDisk);
    await collector.round(never);
    await sleep(600);
    const before = calls.get('readStats') ?? 0;
    const begun = performance.now();
    await collector.round(never);
    const milliseconds = performance.now() - begun;
    expect((calls.get('readStats') ?? 0) - before).toBe(200);
    const [{ rows } = { rows: 0 }] = await database().select({ rows: count() }).from(workspaceMetrics);
    expect(rows).toBe(400);
    const asked = performance.now();
    expect(await readLatest(30)).toHaveLength(200);
    process.stdout.write(`metrics: a round over 200 workspaces took ${milliseconds.toFixed(0)} ms, the question of a viewer process ${(performance.now() - asked).toFixed(0)} ms\n`);
    expect(milliseconds).toBeLessThan(2_000);
  });

  it('the real engine is read in milliseconds, and a busy core shows', async () => {
    const fixture = await openEngineFixture();
    try {
      const ids = await Promise.all([['sleep', 'infinity'], ['sh', '-c', 'while :; do :; done']].map(async (command) => {
        const id = await fixture.engine.createContainer(fixture.spec({ command }));
        await fixture.engine.startContainer(id);
        return id;
      }));
      const [idle, busy] = [await addWorkspace(ada, ids[0] ?? ''), await addWorkspace(ada, ids[1] ?? '')];
      const collector = new MetricsCollector(fixture.engine, noDisk);
      await collector.round(never);
      await sleep(2_000);
      const begun = performance.now();
      await collector.round(never);
      expect(performance.now() - begun).toBeLessThan(1_500);
      expect((await readingsOf(idle)).at(-1)?.cpus).toBeLessThan(0.05);
      const use = (await readingsOf(busy)).at(-1)?.cpus ?? 0;
      expect(use).toBeGreaterThan(0.1);
      expect(use).toBeLessThan(0.7); // it may have half a core
    } finally {
      await fixture.close();
    }
  });
});
