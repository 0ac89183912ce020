import { setTimeout as sleep } from 'node:timers/promises';
import { percentile } from '@/tests/bench/harness/judgement';
import type { BenchRow, BenchRun, Comparison } from '@/tests/bench/row';
import { createWorkspaces, removeWorkspaces } from '@/tests/bench/workspaces/create-workspaces';
import { openWorkspaceBench, type WorkspaceBench } from '@/tests/bench/workspaces/workspace-bench';

const HELD = 200;
const FEW = 10;
const ROUNDS = 3;
const READS = 60;
const AT_ONCE = 25;
/** One person may ask for 120 a minute (server/trpc/rate-limited.ts). */
const FOR_EACH_MS = 600;

/** The 95th percentile of each round, in milliseconds. */
interface ReadTimes {
  list: number[];
  status: number[];
  news: number[];
}

async function readTimes({ client }: WorkspaceBench, ids: readonly string[], smoke: boolean): Promise<ReadTimes> {
  const times: ReadTimes = { list: [], status: [], news: [] };
  const timed = async (read: () => Promise<unknown>): Promise<number> => {
    const from = performance.now();
    await read();
    return performance.now() - from;
  };
  for (let round = 0; round < (smoke ? 1 : ROUNDS); round++) {
    const list: number[] = [];
    const status: number[] = [];
    const news: number[] = [];
    for (let index = 0; index < READS; index++) {
      list.push(await timed(() => client.workspaces.list.query()));
      const workspaceId = ids[index % ids.length] ?? '';
      status.push(await timed(() => client.workspaces.byId.query({ workspaceId })));
      news.push(await timed(() => client.workspaces.some.query({ workspaceIds: [workspaceId] })));
    }
    times.list.push(percentile(list, 0.95));
    times.status.push(percentile(status, 0.95));
    times.news.push(percentile(news, 0.95));
  }
  return times;
}

async function createMore(workspaces: WorkspaceBench, count: number): Promise<string[]> {
  const ids: string[] = [];
  const began = performance.now();
  while (ids.length < count) {
    ids.push(...(await createWorkspaces(workspaces, Math.min(AT_ONCE, count - ids.length), `more ${ids.length}`)).ids);
    await sleep(Math.max(0, began + ids.length * FOR_EACH_MS - performance.now()));
  }
  return ids;
}

async function measure(bench: BenchRun): Promise<Comparison[]> {
  const { smoke, say } = bench;
  const [few, held] = smoke ? [2, 4] : [FEW, HELD];
  const workspaces = await openWorkspaceBench(bench);
  const first = await createWorkspaces(workspaces, few, 'held');
  const before = await readTimes(workspaces, first.ids, smoke);
  say(`${few} held, growing to ${held}`);
  const more = await createMore(workspaces, held - few);
  const running = (await workspaces.client.workspaces.list.query()).filter(({ status }) => status === 'running').length;
  const all = await readTimes(workspaces, [...first.ids, ...more], smoke);
  say(`${running} of ${held} run; going back to ${few}`);
  await removeWorkspaces(workspaces, more);
  const after = await readTimes(workspaces, first.ids, smoke);

  const goal = { of: 'ratio', atMost: 2 } as const;
  const peerOf = (kind: keyof ReadTimes) => ({ name: `the same with ${few}`, before: before[kind], after: after[kind] });
  return [
    { name: `workspaces held at once, of ${held}`, unit: 'count', product: [running], peer: null, goal: { of: 'value', atLeast: held } },
    { name: `list of ${held}, p95`, unit: 'ms', product: all.list, peer: peerOf('list'), goal },
    { name: `status of one among ${held}, p95`, unit: 'ms', product: all.status, peer: peerOf('status'), goal },
    { name: `what changed of a list of ${held}, fetched again, p95`, unit: 'ms', product: all.news, peer: peerOf('news'), goal: null },
  ];
}

export const row: BenchRow = {
  id: 'S7',
  title: 'many workspaces at once',
  what: 'How many workspaces run at once here, and how much slower the list of all of them and the state of one are than with 10.',
  how: '10 workspaces are made, then 190 more, 25 at a time; `workspaces.list`, `workspaces.byId` and, as an open list does after news of one, `workspaces.some` are called in turn, 60 times a round and one at a time, over HTTP as a browser does; the 95th percentile of a round counts. Then the 190 are deleted and the 10 measured again.',
  leavesOut: 'Work inside of them: they are idle, as most are at any moment. What the browser does with the answer. Several people asking at once.',
  limitedBy: 'The list holds everything of each of 200 workspaces (227 KB): among 10 the middle one takes 7 ms, among 200 28, of which the web process takes 13 more of a processor than among 10 and the reader 6. Of the 13 by a profile, none is large any more: collecting garbage takes a fifth, `JSON.stringify` a tenth, the walk for dates a tenth, making rows 7 %, checking them against the contract 4 %, and compressing the rest. Both ends have got faster together: what each call costs was halved (docs/decisions/0045), so the list went from 62 to 41–46 ms, the state of one from 38 to 27–31, and those among 10 from 17 to 13, which leaves the ratios about where they were. The state of one is asked between two lists, and collections of what they left fall into it: asked without lists between, its 95th percentile among 200 is 13 ms, as among 10. A larger young heap would help and the memory of the server (S10) has no room for it. What an open list asks for after news of a workspace is that workspace alone, without a goal above. Pages would meet the goal and take filter, counts and selection away from the list.',
  needs: 'engine',
  measure,
};
