import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { env } from '@/server/env';
import { databaseUrl } from '@/server/database';
import { startDockerFaultProxy, type DockerFaultProxy } from '@/tests/faults/docker-fault-proxy';
import { whole } from '@/tests/faults/extent';
import { faultSeed } from '@/tests/faults/fault-scene';
import { checkHistory } from '@/tests/faults/history/check-history';
import { askOne, followNews, workAtRandom } from '@/tests/faults/history/clients';
import { writeHistory, type HistoryEvent } from '@/tests/faults/history/history';
import { openJournal, type Journal } from '@/tests/faults/history/journal';
import { sortHistory } from '@/tests/faults/history/judged-history';
import { lookAtMachine } from '@/tests/faults/history/last-look';
import { strikeAtRandom, SupervisedWorker } from '@/tests/faults/history/random-faults';
import { RandomOperations } from '@/tests/faults/history/random-operations';
import { brokenEnd } from '@/tests/faults/history/rules-of-the-end';
import { openLifeCycleScene, type LifeCycleScene } from '@/tests/faults/life-cycle-scene';
import { brokenInvariants } from '@/tests/faults/life-cycle-invariants';
import { killWorkers } from '@/tests/faults/worker-process';

/**
 * REL-24, in the manner of Jepsen: several people ask at random while things go wrong at random; all that was asked, answered and
 * recorded is judged against a model (tests/faults/history, decision 0043). `npm test`: a few operations; `npm run test:faults`: five minutes.
 */
const OPERATIONS = 60;
const WHOLE_MS = 5 * 60_000;
/** Of everything that is under way when the last fault is over, also on a busy machine: a retry waits up to a minute. */
const QUIET_WITHIN_MS = 240_000;
const seed = faultSeed();

let scene: LifeCycleScene;
let proxy: DockerFaultProxy;
let journal: Journal;
let worker: SupervisedWorker | undefined;

beforeAll(async () => {
  scene = await openLifeCycleScene();
  journal = await openJournal(databaseUrl());
  proxy = await startDockerFaultProxy();
});
afterAll(async () => {
  await worker?.end();
  await killWorkers();
  await proxy?.close();
  await journal?.close();
  await scene?.product.close();
});

it(`REL-24 what clients were told, what the database recorded and what the machine is are one legal history (ANYON_FAULT_SEED=${seed})`, async () => {
  const events: HistoryEvent[] = [];
  const note = (event: HistoryEvent) => void events.push(event);
  try {
    await recordHistory(events, note);
    const violations = checkHistory(events);
    if (violations.length > 0) throw new Error(`Not legal:\n${violations.map(({ rule, what }) => `${rule}: ${what}`).join('\n')}`);
  } catch (error) {
    throw new Error(`${String(error)}\nThe history is in ${writeHistory(events, `history-${seed}`)}`, { cause: error });
  }
  console.info(`a history of ${told(events)}; ANYON_FAULT_SEED=${seed}`);
  expect(sortHistory(events).operations.some(({ action, outcome }) => action === 'start-run' && outcome === 'ok')).toBe(true);
}, WHOLE_MS + QUIET_WITHIN_MS + 120_000);

async function recordHistory(events: HistoryEvent[], note: (event: HistoryEvent) => void): Promise<void> {
  const people = [scene.owner, await scene.product.addUser('second', 'admin'), await scene.product.addUser('third', 'admin'), await scene.product.addUser('member')];
  for (const { login, userId, role } of people) note({ type: 'client', client: login, actorId: userId, role });
  worker = new SupervisedWorker({ DOCKER_HOST: proxy.address });
  const shared = { repositoryUrl: scene.repositoryUrl, workspaces: [], runs: [], room: whole ? 8 : 5 };
  const clients = people.map((actor, index) => ({ actor, seed: seed + 10 * index, operations: new RandomOperations(actor, shared, seed + 10 * index) }));
  const following = new AbortController();
  const news = people.map((actor) => followNews(actor, journal, note, following.signal));
  // There has to be something to work with; from then on nothing is safe.
  await Promise.all(clients.filter(({ actor }) => actor !== scene.owner).map(({ actor, operations }) => askOne(actor.login, operations.create(), journal, note)));
  while (!(await Promise.all(shared.workspaces.map(scene.row))).every((row) => row?.status === 'running')) await sleep(100);

  const striking = new AbortController();
  const faults = strikeAtRandom({ worker, proxy, journal, longestStopMs: whole ? 16_000 : 2_000 }, seed, (what) => note({ type: 'fault', what }), striking.signal);
  const endAt = Date.now() + WHOLE_MS;
  const isEnough = () => (whole ? Date.now() > endAt : events.filter(({ type }) => type === 'invoke').length >= OPERATIONS);
  await Promise.all(clients.map((client) => workAtRandom({ ...client, journal, isEnough, note })));
  striking.abort();
  await faults;
  const entries = await untilQuiet();
  following.abort();
  await Promise.all(news);
  for (const entry of entries) note(entry);
  note(lookAtMachine(scene.product.instance, entries));
}

/** Nothing is left to be done, as the rows and as the machine say, and everybody has heard of it. */
async function untilQuiet(): Promise<Awaited<ReturnType<Journal['entries']>>> {
  const scope = { instance: scene.product.instance, dataDir: env().dataDir };
  for (const deadline = Date.now() + QUIET_WITHIN_MS; ; ) {
    const before = await journal.all();
    const entries = await journal.entries();
    const broken = [...(await brokenInvariants(scope)), ...brokenEnd(sortHistory(entries)).map(({ what }) => what)];
    await sleep(1_000); // longer than changes are gathered before they are told
    if (broken.length === 0 && (await journal.all()) === before) return entries;
    if (Date.now() > deadline) return entries; // the rules say what is wrong
  }
}

function told(events: readonly HistoryEvent[]): string {
  const count = (type: HistoryEvent['type']) => events.filter((event) => event.type === type).length;
  const answers = events.filter((event) => event.type === 'answer');
  const by = (outcome: string) => answers.filter((answer) => answer.outcome === outcome).length;
  return `${count('invoke')} operations (${by('ok')} done, ${by('refused')} refused, ${by('unknown')} unknown), ${count('fault')} faults, ${count('row')} changes of rows, ${count('news')} pieces of news`;
}
