import type { BenchRow, BenchRun, Comparison } from '@/tests/bench/row';
import { median } from '@/tests/bench/harness/judgement';
import { benchSecrets } from '@/tests/bench/bench-secrets';
import { openWatchBench, watchRun, type RunLoad, type WatchBench } from '@/tests/bench/watching/watched-run';

/** A line for every so much computing: more lines than Claude Code writes, from a run that never waits for anything. */
const COMPUTING_MS = 5;
const LINE: Omit<RunLoad, 'lines' | 'work'> = { lineBytes: 160, linesPerWrite: 1 };
const ROUNDS = 8;
const LINES = 1_200;
const TRIAL_WORK = 1_000_000;

/** How many rounds of computing take COMPUTING_MS here. */
async function calibrate(bench: WatchBench): Promise<number> {
  const lines = 300;
  const { tookMs } = await watchRun(bench, { ...LINE, lines, work: TRIAL_WORK }, 0);
  return Math.round((TRIAL_WORK * COMPUTING_MS * lines) / tookMs);
}

async function measure(bench: BenchRun): Promise<Comparison[]> {
  const { smoke, say } = bench;
  const watch = await openWatchBench(bench, { viewers: 10, secrets: benchSecrets() });
  const load: RunLoad = { ...LINE, lines: smoke ? 60 : LINES, work: await calibrate(watch) };
  const times = { before: [] as number[], one: [] as number[], ten: [] as number[], after: [] as number[] };
  for (let round = 0; round < (smoke ? 1 : ROUNDS); round++) {
    for (const [part, viewers] of [['before', 0], ['one', 1], ['ten', 10], ['after', 0]] as const) times[part].push((await watchRun(watch, load, viewers)).tookMs / 1000);
    const shown = Object.values(times).map((all) => (all.at(-1) ?? Number.NaN).toFixed(3));
    say(`round ${round + 1}: unwatched ${shown[0]}, watched by 1 ${shown[1]}, by 10 ${shown[2]}, unwatched again ${shown[3]} s`);
  }
  const peer = { name: 'the same run unwatched', before: times.before, after: times.after };
  const note = `noise ${noiseOf(times.before, times.after).toFixed(2)} %`;
  const goal = { of: 'ratio', atMost: 1.01 } as const;
  return [
    { name: 'watched by 1', unit: 's', product: times.one, peer, goal, note },
    { name: 'watched by 10', unit: 's', product: times.ten, peer, goal, note },
  ];
}

/** By how much two unwatched runs of a round differ, in the middle: a slowdown below it cannot be seen. */
function noiseOf(before: readonly number[], after: readonly number[]): number {
  return median(before.map((time, round) => 100 * Math.abs((after[round] ?? Number.NaN) / time - 1)));
}

export const row: BenchRow = {
  id: 'S4',
  title: 'slowdown of a run by being watched',
  what: 'How much longer a run takes, by its own clock, when 1 or 10 viewers watch it live.',
  how: 'A program in a container computes for about 5 ms before each line of 160 bytes and writes 1,200 of them, so it never waits and keeps one processor busy; it notes itself how long it took. Unwatched, watched by 1, by 10 and unwatched again, in turn, in each round; unwatched it is collected, masked and stored as well. The noise is the difference between the two unwatched runs of a round.',
  leavesOut: 'The processor time of the viewers: they run here with the lowest priority, while browsers run elsewhere. Runs that use all processors of the machine: then everything takes from everything.',
  needs: 'engine',
  measure,
};
