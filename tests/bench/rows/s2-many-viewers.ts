import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { median } from '@/tests/bench/harness/judgement';
import type { BenchRow, BenchRun, Comparison } from '@/tests/bench/row';
import { openWatchBench, watchRun, type RunLoad, type WatchBench } from '@/tests/bench/watching/watched-run';
import { benchSecrets } from '@/tests/bench/bench-secrets';

const LOAD: RunLoad = { lines: 200_000, lineBytes: 160, linesPerWrite: 400, work: 0 };
const SMALL: RunLoad = { ...LOAD, lines: 4_000 };
const ROUNDS = 3;
const MANY = 50;
const MEGABYTE = 1_000_000;
/** Memory is looked at until it has moved by less than this for two seconds. */
const STILL_BYTES = 2 * MEGABYTE;
const STILL_WITHIN_MS = 60_000;

async function sumRate(bench: WatchBench, load: RunLoad, viewers: number): Promise<number> {
  const { watchedMs } = await watchRun(bench, load, viewers);
  return (viewers * load.lines * load.lineBytes) / (watchedMs ?? Number.NaN) / 1000;
}

async function residentBytes(pid: number): Promise<number> {
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024;
}

/** What the process holds once that does not change any more; memory that is given back late counts for nobody then. */
async function memoryAtRest(pid: number): Promise<number> {
  const until = performance.now() + STILL_WITHIN_MS;
  for (;;) {
    const looks = [await residentBytes(pid)];
    for (let look = 0; look < 10; look++) {
      await delay(200);
      looks.push(await residentBytes(pid));
    }
    if (Math.max(...looks) - Math.min(...looks) < STILL_BYTES || performance.now() > until) return median(looks);
  }
}

/** Megabytes of the web process for each viewer that does not read, while the whole load waits for it. */
async function stalledViewer(bench: WatchBench, load: RunLoad): Promise<number> {
  const pid = bench.product.server.pid ?? Number.NaN;
  const before = await memoryAtRest(pid);
  let during = Number.NaN;
  await watchRun(bench, load, MANY, async () => void (during = await memoryAtRest(pid)));
  return Math.max(0, during - before) / MANY / MEGABYTE;
}

async function measure(bench: BenchRun): Promise<Comparison[]> {
  const { smoke, say } = bench;
  const load = smoke ? SMALL : LOAD;
  const watch = await openWatchBench(bench, { viewers: MANY, secrets: benchSecrets() });
  const rates = { before: [] as number[], ten: [] as number[], fifty: [] as number[], after: [] as number[] };
  const stalled: number[] = [];
  await sumRate(watch, smoke ? SMALL : { ...LOAD, lines: 50_000 }, MANY); // warms everything up, so that its memory is no viewer's
  for (let round = 0; round < (smoke ? 1 : ROUNDS); round++) {
    stalled.push(await stalledViewer(watch, load));
    for (const [part, viewers] of [['before', 1], ['ten', 10], ['fifty', MANY], ['after', 1]] as const) rates[part].push(await sumRate(watch, load, viewers));
    const shown = Object.values(rates).map((all) => (all.at(-1) ?? Number.NaN).toFixed(1));
    say(`round ${round + 1}: 1 viewer ${shown[0]}, 10 ${shown[1]}, 50 ${shown[2]}, 1 again ${shown[3]} MB/s; a stalled viewer ${stalled.at(-1)?.toFixed(2)} MB`);
  }
  const peer = { name: '1 viewer', before: rates.before, after: rates.after };
  const goal = { of: 'ratio', atLeast: 3 } as const;
  return [
    { name: '10 viewers together', unit: 'MB/s', product: rates.ten, peer, goal },
    { name: '50 viewers together', unit: 'MB/s', product: rates.fifty, peer, goal },
    { name: 'memory of a stalled viewer', unit: 'MB', product: stalled, peer: null, goal: { of: 'value', atMost: 1 }, note: '50 of them' },
  ];
}

export const row: BenchRow = {
  id: 'S2',
  title: 'many viewers of one run',
  what: 'How much of a run\'s output reaches 10 and 50 viewers together, beside one viewer, and what the web process holds for a viewer that stops reading.',
  how: 'A program in a container writes 32 MB of lines in blocks of 64 KB; the product masks, stores and serves them. Viewers have a tab\'s stream each, over three sessions and more, in one process of the lowest priority, and check that every piece begins where the one before ended. The sum counts until the last of them has the last byte. For the memory, 50 viewers open their streams and never read; the resident memory of the web process before and then, each when it stands still, divided by 50.',
  leavesOut: 'A network: viewers and server share this machine and its processors, so more viewers also cost more on their own side. Buffers of the kernel for sockets are not in the memory of a process (up to a few MB a viewer that stalls, by the kernel\'s own limits).',
  limitedBy: 'With ten viewers, the processors: both are busy all the time (2.3 to 2.9 s of processor time in the 1.1 to 1.5 s of a round). Half of it is the web process (nearly half of that V8\'s own threads, which collect what was sent to each viewer), a quarter are the readers that measure, a fifth the collector, the rest Postgres. One viewer keeps both busy as well, so ten can come to some four times of it. Rounds lie between 2.4 and 4 times one viewer.',
  needs: 'engine',
  measure,
};
