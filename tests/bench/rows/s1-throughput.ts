import { chmod } from 'node:fs/promises';
import { putLoad, type Load } from '@/tests/bench/log-load';
import { buildWriter, removeBenchContainers } from '@/tests/bench/log-path-containers';
import { BENCH_IMAGE } from '@/tests/bench/log-path-product';
import { openSource, openSourcesBeside, type OpenedSource } from '@/tests/bench/opened-sources';
import type { BenchRow, BenchRun, Comparison, Goal } from '@/tests/bench/row';

const LINE_BY_LINE: Load = { writers: 1, lines: 400_000, lineBytes: 160, linesPerWrite: 1, linesPerSecond: 0 };
const LOADS: Readonly<Record<string, Load>> = {
  'a write a line': LINE_BY_LINE,
  /** As buffered output comes: here the writer is not what holds everything up. */
  'blocks of 64 KB': { ...LINE_BY_LINE, linesPerWrite: 400 },
};
/** What slow sources and small runs are spared. */
const SLOW = 1 / 8;
const SMOKE = 1 / 200;
const ROUNDS = { product: 3, peer: 2, slow: 1 };

/** Megabytes a second, one a round: from the first byte that is written to the last that is received. */
async function rates(bench: BenchRun, opened: OpenedSource, whole: Load, rounds: number): Promise<number[]> {
  const load = { ...whole, lines: whole.lines * (bench.smoke ? SMOKE : opened.source.slow ? SLOW : 1) };
  const found: number[] = [];
  for (let round = 0; round < (bench.smoke ? 1 : rounds); round++) {
    const { startedAt, received } = await putLoad(bench.directory, opened, load);
    const rate = (load.lines * load.lineBytes) / (received[0]!.finishedAt - startedAt);
    bench.say(`${opened.source.name}, ${whole.linesPerWrite} lines a write: ${rate.toFixed(1)} MB/s`);
    found.push(rate);
  }
  return found;
}

interface Peer {
  opened: OpenedSource;
  goal: Goal;
}

async function compare(bench: BenchRun, [name, load]: [string, Load], product: OpenedSource, peers: readonly Peer[]): Promise<Comparison[]> {
  const allPeers = async (): Promise<number[][]> => {
    const all: number[][] = [];
    for (const { opened } of peers) all.push(await rates(bench, opened, load, opened.source.slow ? ROUNDS.slow : ROUNDS.peer));
    return all;
  };
  const before = await allPeers();
  const ours = await rates(bench, product, load, ROUNDS.product);
  const after = await allPeers();
  return peers.map(({ opened, goal }, index) => ({ name, unit: 'MB/s', product: ours, peer: { name: opened.source.name, before: before[index]!, after: after[index]! }, goal }));
}

async function measure(bench: BenchRun): Promise<Comparison[]> {
  await chmod(bench.directory, 0o777); // the writer is another user
  bench.afterwards(removeBenchContainers);
  await buildWriter(BENCH_IMAGE, bench.directory);
  const product = await openSource(bench, 'anyon');
  const peers: Peer[] = [
    { opened: await openSource(bench, 'raw-copy'), goal: { of: 'ratio', atLeast: 0.5 } },
    { opened: await openSource(bench, 'docker-logs'), goal: { of: 'ratio', atLeast: 25 } },
    ...(await openSourcesBeside(bench)).map((opened) => ({ opened, goal: null })),
  ];
  const comparisons: Comparison[] = [];
  for (const load of Object.entries(LOADS).slice(0, bench.smoke ? 1 : undefined)) comparisons.push(...(await compare(bench, load, product, peers)));
  return comparisons;
}

export const row: BenchRow = {
  id: 'S1',
  title: 'output of a run to one viewer',
  what: 'How fast the output of a run travels from its container to one subscriber, with everything that the product does on the way: read, masked (160 needles), written to disk, parsed into rows in Postgres, served with a session over the one stream that a browser’s tab has.',
  how: 'A C program in a container writes 64 MB of stream-json lines of 160 bytes as fast as it can, once with a write a line, once in blocks of 64 KB. The rate is all bytes by the time from its first write to the last byte at the subscriber, which is a process of its own and checks that every piece follows the one before. Beside it, each with a container of its own: `docker logs -f` of what the engine kept (json-file), a plain live copy of the growing file, which is the limit, and frontail 4.9.2 from npm over its WebSocket with an eighth of the bytes.',
  leavesOut: 'Writer, product, database and subscriber share the processors; on a machine with more of them all ways are faster. No network lies between server and subscriber. What a browser does with the text is not in it. frontail masks nothing, stores nothing and sends an event a line: it stands beside because it runs here, without a goal.',
  limitedBy: 'The processors. By CPU profiles ([0042](decisions/0042-producer-of-the-tab-stream.md)) a MB costs the worker 52 ms of one (writing the masked file 17 %, masking 14 %, collecting garbage 13 %, parsing 5 %) and the web process 39 (JSON of each piece 27 %, garbage 24 %), on a busy machine; 25 times `docker logs -f` leaves 10 for program, worker, web process and subscriber together, and a write a line makes the program itself slower than that.',
  needs: 'engine',
  takesLogSources: true,
  measure,
};
