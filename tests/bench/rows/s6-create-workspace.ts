import type { BenchRow, BenchRun, Comparison } from '@/tests/bench/row';
import { BarePeer } from '@/tests/bench/workspaces/bare-peer';
import { ContainerStarts } from '@/tests/bench/workspaces/container-starts';
import { createWorkspaces, removeWorkspaces } from '@/tests/bench/workspaces/create-workspaces';
import { openWorkspaceBench, type WorkspaceBench } from '@/tests/bench/workspaces/workspace-bench';

const SINGLES = 8;
const AT_ONCE = 50;
const ANSWER_MS = 3_000;
const peerName = 'docker network create + create + start';
const faster = { of: 'ratio', atMost: 1.15 } as const;

interface Singles {
  startedMs: number[];
  readyMs: number[];
  answeredMs: number[];
}

async function createOneByOne(workspaces: WorkspaceBench, starts: ContainerStarts, rounds: number): Promise<Singles> {
  const times: Singles = { startedMs: [], readyMs: [], answeredMs: [] };
  for (let index = 0; index < rounds; index++) {
    const { ids, askedAt, answeredMs, readyAt, errors } = await createWorkspaces(workspaces, 1, `single ${index}`);
    if (errors > 0) throw new Error('A workspace could not be made; nothing of this can be compared.');
    times.startedMs.push((await starts.last(ids)) - askedAt);
    times.readyMs.push(readyAt - askedAt);
    times.answeredMs.push(...answeredMs);
    await removeWorkspaces(workspaces, ids);
  }
  return times;
}

async function measure(bench: BenchRun): Promise<Comparison[]> {
  const { smoke, say } = bench;
  const [rounds, atOnce] = smoke ? [1, 3] : [SINGLES, AT_ONCE];
  const workspaces = await openWorkspaceBench(bench);
  const starts = new ContainerStarts(bench);
  const peer = new BarePeer(starts, bench);
  await removeWorkspaces(workspaces, (await createWorkspaces(workspaces, 1, 'warm up')).ids);
  say('one by one: docker, Anyon, docker again');
  const before = await peer.single(rounds);
  const singles = await createOneByOne(workspaces, starts, rounds);
  const after = await peer.single(rounds);

  say(`${atOnce} at once: docker, Anyon, docker again`);
  const manyBefore = await peer.many(atOnce);
  const many = await createWorkspaces(workspaces, atOnce, 'at once');
  const startedSeconds = ((await starts.last(many.ids)) - many.askedAt) / 1000;
  await removeWorkspaces(workspaces, many.ids);
  const manyAfter = await peer.many(atOnce);

  const one = { name: peerName, before, after };
  const all = { name: peerName, before: [manyBefore], after: [manyAfter] };
  return [
    { name: 'one, until its container runs', unit: 'ms', product: singles.startedMs, peer: one, goal: faster },
    { name: 'one, until it is seen to be isolated, cloned and ready', unit: 'ms', product: singles.readyMs, peer: one, goal: null, note: 'the peer does nothing of this' },
    { name: 'one, the call answers', unit: 'ms', product: singles.answeredMs, peer: null, goal: { of: 'value', atMost: ANSWER_MS } },
    { name: `${atOnce} at once, until the last container runs`, unit: 's', product: [startedSeconds], peer: all, goal: faster },
    { name: `${atOnce} at once, until all are ready`, unit: 's', product: [(many.readyAt - many.askedAt) / 1000], peer: all, goal: null, note: 'the peer does nothing of this' },
    { name: `${atOnce} at once, the slowest call answers`, unit: 'ms', product: [Math.max(...many.answeredMs)], peer: null, goal: { of: 'value', atMost: ANSWER_MS } },
    { name: `errors of ${atOnce}`, unit: 'count', product: [many.errors], peer: null, goal: { of: 'value', atMost: 0 } },
  ];
}

export const row: BenchRow = {
  id: 'S6',
  title: 'making a workspace',
  what: 'How long it takes from `workspaces.create` until the container of the workspace runs, for one and for 50 asked for at once, and how soon the call answers.',
  how: 'Product and peer make the same container: own network, hardened profile, limits, image. The moment compared is the same for both, the one at which the engine itself says that the container was started (`docker events`); the clock begins with the call to the API there and with the first of three `docker` commands here. Of 50, as many are under way at a time as the product does by default (three), and the last one counts. The product is the whole one, as `npm run up` starts it, with its rows, queue, admission and checklist.',
  leavesOut: 'Reading the image from a registry. What Anyon does after the container runs, and the peer does not: a look at the place for secrets and the proof from inside that it is isolated, then the clone, here of a repository of one file; the rows “ready” tell it without a goal. Of 50 at once it does all that for the first workspaces while the last ones are still made.',
  limitedBy: 'Of 50 at once: the same two processors make containers and bring those that run to ready. By the time stamps of one workspace its container runs after 435 ms; then the look at its secrets takes 55, the proof from inside 35, the clone 105 and the rows 10, half as much again as Docker\'s work, and the peer does none of it. Making all containers first would meet the goal and let the first person wait for the last.',
  needs: 'engine',
  measure,
};
