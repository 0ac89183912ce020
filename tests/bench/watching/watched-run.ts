import { execFile } from 'node:child_process';
import { chmod, copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { BENCH_LABEL, removeBenchContainers } from '@/tests/bench/log-path-containers';
import { askPart, startPart, stopPart, type Collect } from '@/tests/bench/log-path-messages';
import { BENCH_IMAGE, startBenchProduct, type BenchProduct, type BenchRun as Run } from '@/tests/bench/log-path-product';
import type { BenchRun } from '@/tests/bench/row';
import type { Viewed, Viewing } from '@/tests/bench/watching/viewers';

const execute = promisify(execFile);
/** One person may have twenty tabs open; some are left for those that are just being closed. */
const TABS_OF_A_PERSON = 15;
/** Viewers get this long to be connected before the run begins: what is measured is the path, not its opening. */
const SETTLE_MS = 1_500;
const RUN_WITHIN_MS = 180_000;

/** The product with somebody to sign in as, and the program of the runs compiled. */
export interface WatchBench {
  directory: string;
  product: BenchProduct;
  secrets: string[];
  /** Session cookies, one for each viewer there may be. */
  cookies: string[];
}

/** What a run writes, and how many rounds of computing come before each of its writes. */
export interface RunLoad {
  lines: number;
  lineBytes: number;
  linesPerWrite: number;
  work: number;
}

export interface WatchedRun {
  /** By the run itself. */
  tookMs: number;
  /** From its first byte until the last viewer had the last one; null when nobody watched. */
  watchedMs: number | null;
}

/** Starts all of it and registers how it is undone. */
export async function openWatchBench(bench: BenchRun, options: { viewers: number; secrets: string[] }): Promise<WatchBench> {
  const { directory } = bench;
  await chmod(directory, 0o777);
  await removeBenchContainers();
  await copyFile(path.join(import.meta.dirname, 'run-writer.c'), path.join(directory, 'run-writer.c'));
  bench.afterwards(removeBenchContainers);
  await docker('run', '--rm', '--label', BENCH_LABEL, '--network', 'none', '--volume', `${directory}:/bench`, '--entrypoint', 'gcc', BENCH_IMAGE, '-O2', '-o', '/bench/run-writer', '/bench/run-writer.c');
  const product = await startBenchProduct(directory, bench.afterwards);
  const people = [product.cookie];
  while (people.length * TABS_OF_A_PERSON < options.viewers) people.push(await product.addPerson());
  const cookies = people.flatMap((cookie) => Array.from({ length: TABS_OF_A_PERSON }, () => cookie)).slice(0, options.viewers);
  return { directory, product, secrets: options.secrets, cookies };
}

/**
 * One run in a container, collected, masked and stored as always, watched by so many viewers. `whileStalled` is for viewers
 * that never read: it is called when the run is over and they are still there.
 */
export async function watchRun(bench: WatchBench, load: RunLoad, viewers: number, whileStalled?: () => Promise<void>): Promise<WatchedRun> {
  const run = await bench.product.addRun();
  const signals = path.join(bench.directory, `signals-${run.runId}`);
  await mkdir(signals);
  await chmod(signals, 0o777); // the program is another user
  await askPart(bench.product.collector, { runs: [run], secrets: bench.secrets } satisfies Collect);
  const part = viewers > 0 ? await startPart('watching/viewers.ts', {}) : null;
  try {
    const container = await startRun(bench, load, run, signals);
    const viewing: Viewing = { url: bench.product.url, cookies: bench.cookies.slice(0, viewers), runId: run.runId, bytes: load.lines * load.lineBytes, stalled: whileStalled !== undefined };
    const viewed = part && askPart<Viewed>(part, viewing);
    await delay(SETTLE_MS);
    await writeFile(path.join(signals, 'go'), '');
    await docker('wait', container);
    const [began = Number.NaN, took = Number.NaN] = (await readFile(path.join(signals, 'result'), 'utf8')).split(' ').map(Number);
    const finishedAt = (await viewed)?.finishedAt ?? null;
    await askPart(bench.product.collector, 'finish');
    await whileStalled?.();
    return { tookMs: took / 1000, watchedMs: finishedAt === null ? null : (finishedAt - began) / 1000 };
  } finally {
    if (part) await stopPart(part);
    await removeBenchContainers();
    await Promise.all([run.rawDirectory, run.logDirectory, signals].map(async (each) => rm(each, { recursive: true, force: true })));
  }
}

async function startRun({ directory }: WatchBench, load: RunLoad, run: Run, signals: string): Promise<string> {
  const inContainer = (file: string) => path.join('/bench', path.relative(directory, file));
  const numbers = [load.lines, load.lineBytes, load.linesPerWrite, load.work].map(String);
  const options = ['--detach', '--label', BENCH_LABEL, '--network', 'none', '--volume', `${directory}:/bench`, '--entrypoint', '/bench/run-writer'];
  const files = { output: path.join(run.rawDirectory, 'out.raw'), go: path.join(signals, 'go'), result: path.join(signals, 'result') };
  return docker('run', ...options, BENCH_IMAGE, inContainer(files.output), ...numbers, inContainer(files.go), inContainer(files.result));
}

async function docker(...args: string[]): Promise<string> {
  return (await execute('docker', args, { timeout: RUN_WITHIN_MS })).stdout.trim();
}
