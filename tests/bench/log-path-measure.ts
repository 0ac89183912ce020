import { chmod, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { startWriter, type Writer } from '@/tests/bench/log-path-containers';
import { askPart, startPart, stopPart, type Collect, type Received, type Source, type Subscription } from '@/tests/bench/log-path-messages';
import { BENCH_IMAGE, type BenchProduct, type BenchRun } from '@/tests/bench/log-path-product';

export type Way = 'product' | 'docker-logs' | 'raw-copy';

export interface Load {
  writers: number;
  lines: number;
  lineBytes: number;
  linesPerWrite: number;
  /** 0: as fast as they can. */
  linesPerSecond: number;
}

export interface Bench {
  directory: string;
  product: BenchProduct;
  secrets: string[];
}

/** Subscribers get this long to be connected before the writers begin: what is measured is the path, not its opening. */
const SETTLE_MS = 1_500;

/**
 * Puts the load on one way and returns what its subscribers received, and when the first writer began (µs since 1970). The
 * subscribers of a way share one process, as the writers share the machine.
 */
export async function measure(bench: Bench, way: Way, load: Load): Promise<{ startedAt: number; received: Received[] }> {
  const runs = await Promise.all(Array.from({ length: load.writers }, async () => bench.product.addRun()));
  const signals = path.join(bench.directory, `signals-${runs[0]?.runId}`);
  await mkdir(signals);
  await chmod(signals, 0o777); // the writer is another user
  if (way === 'product') await askPart(bench.product.collector, { runs, secrets: bench.secrets } satisfies Collect);
  const subscriber = await startPart('log-path-subscriber.ts', {});
  try {
    const containers: string[] = [];
    for (const [index, run] of runs.entries()) containers.push(await startWriter(BENCH_IMAGE, bench.directory, writerOf(bench, way, load, run, index, signals)));
    const subscriptions = runs.map((run, index) => subscriptionOf(bench, way, load, run, containers[index]!));
    const received = askPart<Received[]>(subscriber, subscriptions);
    await delay(SETTLE_MS);
    await writeFile(path.join(signals, 'go'), '');
    const results = await received;
    const starts = await Promise.all(runs.map(async (_run, index) => Number(await readFile(path.join(signals, `start-${index}`), 'utf8'))));
    if (way === 'product') await askPart(bench.product.collector, 'finish');
    return { startedAt: Math.min(...starts), received: results };
  } finally {
    await stopPart(subscriber);
    await Promise.all(runs.map(async (run) => rm(run.rawDirectory, { recursive: true })));
  }
}

function writerOf(bench: Bench, way: Way, load: Load, run: BenchRun, index: number, signals: string): Writer {
  const inContainer = (file: string) => path.join('/bench', path.relative(bench.directory, file));
  return {
    ...load,
    output: way === 'docker-logs' ? '-' : inContainer(path.join(run.rawDirectory, 'out.raw')),
    phaseMicroseconds: load.linesPerSecond === 0 ? 0 : Math.round((index * 1_000_000) / load.linesPerSecond / load.writers),
    goFile: inContainer(path.join(signals, 'go')),
    startFile: inContainer(path.join(signals, `start-${index}`)),
  };
}

function subscriptionOf(bench: Bench, way: Way, load: Load, run: BenchRun, container: string): Subscription {
  const { url, cookie } = bench.product;
  const source: Source =
    way === 'product'
      ? { kind: 'product', url, cookie, runId: run.runId }
      : way === 'docker-logs'
        ? { kind: 'docker-logs', container }
        : { kind: 'raw-copy', from: path.join(run.rawDirectory, 'out.raw'), to: path.join(run.rawDirectory, 'copy') };
  return { name: run.runId, source, bytes: load.lines * load.lineBytes, measureLines: load.linesPerSecond > 0 };
}
