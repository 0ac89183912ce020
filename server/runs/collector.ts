import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { AnyonError, describeError, isAnyonError } from '@/server/errors';
import { log } from '@/server/log';
import { createLineReader, startLinePump, type OnLines } from '@/server/runs/collector-lines';
import { openStreamCollector, type StreamCollector } from '@/server/runs/collector-stream';
import { watchGrowth, type GrowthWatch } from '@/server/runs/run-log-growth';
import { openHostFileSource, withdrawnSource, type RunOutputSource } from '@/server/runs/run-output-source';
import type { Masker } from '@/server/secrets/mask';

export interface CollectedOutput {
  outBytes: number;
  errBytes: number;
  /** The run shortened or replaced its own output; what had been copied before is kept. */
  tampered: boolean;
}

/** Copies a live run's output into its log, masked, and reports the lines of `out` as events. */
export interface Collector {
  /** How far it is now. */
  progress(): CollectedOutput;
  /**
   * To be called when nothing writes any more: copies the rest, has the disk confirm it, reports the last line, closes.
   * Throws `unavailable` if that cannot be done now; everything copied and reported so far stands, so a new collector goes on.
   */
  finish(): Promise<CollectedOutput>;
  /** Lets go of everything, as a shutdown does; a new collector goes on at the same byte. May be called more than once, and after `finish`. */
  close(): Promise<void>;
}

export interface CollectorOptions {
  /** Directory of the masked log; made if absent. Holds out.log and err.log. */
  logDirectory: string;
  masker: Masker;
  /** Where in out.log the next line to report begins; independent of how much has been copied. */
  parsedUpTo: number;
  onLines: OnLines;
}

const FINAL_ATTEMPTS = 5;

/**
 * Collects from out.raw and err.raw in `rawDirectory` on this host, which begin at these bytes of the log. What the run has put away or made into
 * something else than a file is output that it took back: the run goes on and is flagged. Throws if they or the log cannot be opened at present.
 */
export async function startCollector(options: CollectorOptions & { rawDirectory: string; outStart?: number; errStart?: number }): Promise<Collector> {
  const openSource = async (name: string, begin?: number): Promise<RunOutputSource> =>
    openHostFileSource(path.join(options.rawDirectory, name), begin).catch((error: unknown) => {
      if (isAnyonError(error) && (error.kind === 'not_found' || error.kind === 'invalid')) return withdrawnSource(begin);
      throw error;
    });
  const out = await openSource('out.raw', options.outStart);
  const err = await closingOnFailure([out], openSource('err.raw', options.errStart));
  return collectFrom({ out, err }, options);
}

/** Starts copying at the byte where the log ends. Takes the sources over: it closes them. Throws if the log cannot be opened. */
export async function collectFrom(sources: { out: RunOutputSource; err: RunOutputSource }, options: CollectorOptions): Promise<Collector> {
  const { logDirectory: directory, masker } = options;
  const openLog = async (stream: 'out' | 'err'): Promise<StreamCollector> =>
    openStreamCollector({ source: sources[stream], path: path.join(directory, `${stream}.log`), masker });
  const both = [sources.out, sources.err];
  await closingOnFailure(both, mkdir(directory, { recursive: true, mode: 0o750 }));
  const out = await closingOnFailure(both, openLog('out'));
  const err = await closingOnFailure([out, sources.err], openLog('err'));
  const lines = createLineReader({ from: options.parsedUpTo, read: out.readMasked, onLines: options.onLines });
  const pump = startLinePump(
    async () => lines.turn(out.bytes(), false),
    (error) => log().warn({ err: error, directory }, 'Events of a run could not be stored; they are tried again.'),
  );
  const watches = [copyAsItGrows(sources.out, out, directory, pump.poke), copyAsItGrows(sources.err, err, directory, () => undefined)];
  pump.poke();

  const progress = (): CollectedOutput => ({ outBytes: out.bytes(), errBytes: err.bytes(), tampered: out.tampered() || err.tampered() });
  const close = once(async () => {
    await Promise.all([...watches.map((watch) => watch.close()), pump.stop()]);
    await Promise.all([out.close(), err.close()]);
  });

  async function finish(): Promise<CollectedOutput> {
    await Promise.all([...watches.map((watch) => watch.close()), pump.stop()]);
    try {
      await Promise.all([out.drain(), err.drain()]);
      await attempt(async () => {
        while (await lines.turn(out.bytes(), true));
      });
      const collected = progress();
      // Rows are confirmed by the disk before the log is: where both the log and the output have lost their end, rows may tell of bytes that are nowhere.
      return { ...collected, tampered: collected.tampered || collected.outBytes < options.parsedUpTo };
    } catch (error) {
      throw new AnyonError('unavailable', `The rest of the run's output could not be stored: ${describeError(error)}`, { cause: error });
    } finally {
      await close();
    }
  }
  return { progress, finish: once(finish), close };
}

function copyAsItGrows(source: RunOutputSource, stream: StreamCollector, directory: string, onCopied: () => void): GrowthWatch {
  let failing = false;
  return watchGrowth(source.watchGrowth, async () => {
    try {
      const found = await stream.turn();
      failing = false;
      if (found !== 'quiet') onCopied();
      return found;
    } catch (error) {
      if (!failing) log().warn({ err: error, directory }, 'Output of a run could not be copied; it is tried again.');
      failing = true;
      return 'quiet';
    }
  });
}

/** The database may be away for a moment just when a run ends. */
async function attempt(work: () => Promise<void>): Promise<void> {
  for (let failed = 1; ; failed++) {
    try {
      return await work();
    } catch (error) {
      if (failed === FINAL_ATTEMPTS) throw error;
      await delay(100 * 2 ** failed);
    }
  }
}

async function closingOnFailure<T>(opened: readonly { close(): Promise<void> }[], work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    await Promise.all(opened.map(async (each) => each.close()));
    throw error;
  }
}

function once<T>(work: () => Promise<T>): () => Promise<T> {
  let result: Promise<T> | null = null;
  return () => (result ??= work());
}
