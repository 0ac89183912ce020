import { closeSync, existsSync, openSync, renameSync, statSync, writeFileSync, writeSync } from 'node:fs';
import path from 'node:path';
import { eq } from 'drizzle-orm';
import { isFinal } from '@/contract/run';
import type { LogStream } from '@/contract/run-log';
import type { Database } from '@/db/client';
import { runs } from '@/db/schema';
import { isRunFinal } from '@/server/runs/run-log';
import { followRunLog } from '@/server/runs/run-log-follow';
import { runPlace } from '@/server/runs/run-place';
import type { RunRow } from '@/server/runs/run-status';
import { until } from '@/tests/setup/runtime-container';

const RESULT = `${JSON.stringify({ type: 'result', subtype: 'success', is_error: false, result: 'Everything was written.', num_turns: 1, total_cost_usd: 0, usage: { input_tokens: 1, output_tokens: 1 } })}\n`;

/** What a viewer who came before the first byte has been shown. */
export interface Shown {
  text: Record<LogStream, string>;
  /** Pieces that did not begin where the one before them ended. */
  gaps: string[];
  ended: Promise<void>;
}

/** A run whose program is the test: it writes into the files into which Claude Code's output goes, and knows what it wrote. */
export class HandmadeRun {
  readonly id: string;
  /** A value that the run was given; it must be nowhere afterwards. */
  readonly credential: string;
  readonly exchange: string;
  readonly log: string;
  readonly shown: Shown;
  longestWriteMs = 0;
  readonly #database: Database;
  readonly #written: Record<LogStream, Buffer[]> = { out: [], err: [] };
  readonly #files: Record<LogStream, number>;

  constructor(row: RunRow, database: Database, credential: string, signal: AbortSignal) {
    this.id = row.id;
    this.credential = credential;
    this.#database = database;
    ({ exchange: this.exchange, log: this.log } = runPlace(row));
    this.#files = { out: openSync(this.raw('out'), 'a'), err: openSync(this.raw('err'), 'a') };
    this.shown = watch(row.id, signal);
  }

  /** The file that it writes. */
  raw(stream: LogStream): string {
    return path.join(this.exchange, `${stream}.raw`);
  }

  written(stream: LogStream): Buffer {
    return Buffer.concat(this.#written[stream]);
  }

  write(bytes: Buffer | string, stream: LogStream = 'out'): void {
    const buffer = Buffer.from(bytes);
    this.#written[stream].push(buffer);
    const began = performance.now();
    for (let at = 0; at < buffer.length; ) at += writeSync(this.#files[stream], buffer, at);
    this.longestWriteMs = Math.max(this.longestWriteMs, performance.now() - began);
  }

  /** Writes its result, unless it is to end without one, and leaves its exit as the wrapper does: whole, by a rename, last. */
  exit({ result = true }: { result?: boolean } = {}): void {
    if (result) this.write(`\n${RESULT}`);
    const file = path.join(this.exchange, 'exit.json');
    writeFileSync(`${file}.new`, JSON.stringify({ stage: 'command', exitCode: 0, signal: null, oomKills: 0, finishedAt: new Date().toISOString() }));
    renameSync(`${file}.new`, file);
    this.close();
  }

  async row(): Promise<RunRow> {
    const [row] = await this.#database.select().from(runs).where(eq(runs.id, this.id));
    return row as RunRow;
  }

  /** Waits until so much of its output, masked, is in its log, or a part of what is held back. */
  async copied(bytes: number): Promise<void> {
    await until(`${bytes} bytes to be copied`, () => this.logSize() >= bytes, 30_000);
  }

  logSize(): number {
    const file = path.join(this.log, 'out.log');
    return existsSync(file) ? statSync(file).size : 0;
  }

  async final(withinMs = 60_000): Promise<RunRow> {
    await until('the run to be final', async () => this.row().then(({ status }) => isFinal(status)).catch(() => false), withinMs);
    return this.row();
  }

  /** Closes what it writes through. */
  close(): void {
    for (const stream of ['out', 'err'] as const) {
      if (this.#files[stream] >= 0) closeSync(this.#files[stream]);
      this.#files[stream] = -1;
    }
  }
}

function watch(runId: string, signal: AbortSignal): Shown {
  const shown: Shown = { text: { out: '', err: '' }, gaps: [], ended: Promise.resolve() };
  const next: Record<LogStream, number> = { out: 0, err: 0 };
  const follow = async () => {
    for await (const { stream, from, to, text } of followRunLog({ runId, outFrom: 0, errFrom: 0, signal, isFinal: () => isRunFinal(runId) })) {
      if (from !== next[stream]) shown.gaps.push(`${stream}: ${from} came after ${next[stream]}`);
      next[stream] = to;
      shown.text[stream] += text;
    }
  };
  shown.ended = follow();
  return shown;
}
