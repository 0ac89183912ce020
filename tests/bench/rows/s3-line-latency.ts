import { chmod } from 'node:fs/promises';
import { percentile } from '@/tests/bench/harness/judgement';
import { putLoad, type Load } from '@/tests/bench/log-load';
import { buildWriter, removeBenchContainers } from '@/tests/bench/log-path-containers';
import { BENCH_IMAGE } from '@/tests/bench/log-path-product';
import { openSource, openSourcesBeside, type OpenedSource } from '@/tests/bench/opened-sources';
import type { BenchRow, BenchRun, Comparison } from '@/tests/bench/row';

const STEADY: Load = { writers: 20, lines: 600, lineBytes: 160, linesPerWrite: 1, linesPerSecond: 100 };
const SMALL: Load = { ...STEADY, writers: 3, lines: 100 };
const ROUNDS = { product: 3, peer: 2, beside: 1 };

/** REL-16: the age of a line on arrival, in ms, one of each per round. */
interface Ages {
  p50: number[];
  p99: number[];
}

async function ages(bench: BenchRun, opened: OpenedSource, rounds: number): Promise<Ages> {
  const load = bench.smoke ? SMALL : STEADY;
  const found: Ages = { p50: [], p99: [] };
  for (let round = 0; round < (bench.smoke ? 1 : rounds); round++) {
    const { received } = await putLoad(bench.directory, opened, load);
    const all = received.flatMap(({ latencies }) => latencies);
    if (all.length !== load.writers * load.lines || !all.every(Number.isFinite)) throw new Error(`${opened.source.name}: ${all.length} lines arrived of ${load.writers * load.lines}.`);
    found.p50.push(percentile(all, 0.5));
    found.p99.push(percentile(all, 0.99));
    bench.say(`${opened.source.name}: p50 ${found.p50.at(-1)!.toFixed(2)} ms, p99 ${found.p99.at(-1)!.toFixed(2)} ms`);
  }
  return found;
}

async function measure(bench: BenchRun): Promise<Comparison[]> {
  await chmod(bench.directory, 0o777); // the writer is another user
  bench.afterwards(removeBenchContainers);
  await buildWriter(BENCH_IMAGE, bench.directory);
  const product = await openSource(bench, 'anyon');
  const docker = await openSource(bench, 'docker-logs');
  const peers = [docker, ...(await openSourcesBeside(bench))];
  const allPeers = async (): Promise<Ages[]> => {
    const all: Ages[] = [];
    for (const opened of peers) all.push(await ages(bench, opened, opened === docker ? ROUNDS.peer : ROUNDS.beside));
    return all;
  };
  const before = await allPeers();
  const ours = await ages(bench, product, ROUNDS.product);
  const after = await allPeers();
  const goals = { p50: { of: 'ratio', atMost: 3 }, p99: { of: 'ratio', atMost: 1.5 } } as const;
  return peers.flatMap((opened, index) => (['p50', 'p99'] as const).map((part): Comparison => ({
    name: `${part} at 20 runs`,
    unit: 'ms',
    product: ours[part],
    peer: { name: opened.source.name, before: before[index]![part], after: after[index]![part] },
    goal: opened === docker ? goals[part] : null,
  })));
}

export const row: BenchRow = {
  id: 'S3',
  title: 'how old a line is when it arrives',
  what: 'The time from the write of a line in a container to its arrival at a subscriber, while 20 runs write 100 lines a second each: the middle one of all lines, and the one that 99 of 100 do not exceed.',
  how: 'Each line carries the time at which it was made. Twenty containers write a line every 10 ms for six seconds, shifted against each other; twenty subscribers in one process read them, each over a stream of a tab of its own, with everything on the way that S1 names. Beside it `docker logs -f` of the same load, a command for each container, and frontail 4.9.2 with a server for each log.',
  leavesOut: 'Clocks are those of one machine; a network would add its own time. What a browser needs to show a line is not in it. Writers, product and subscribers share the processors: beyond the middle, a line waits for a processor rather than for the product. frontail has no goal.',
  limitedBy: 'Lines that fall into a collection of a whole heap (5 to 10 ms each, in worker, web process and reader), or into the moment in which many runs wrote a line that becomes a row: of the latest five in a hundred, two to three of ten came within 40 ms of one ([0042](decisions/0042-producer-of-the-tab-stream.md)). Gathering and polling had no part in it: 2 waits among 35,000 lines. `docker logs -f` is a process without a heap to collect.',
  needs: 'engine',
  takesLogSources: true,
  measure,
};
