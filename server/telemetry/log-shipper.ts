import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { withoutKnownTokens } from '@/contract/known-token';
import { logFile, shippedLogFile } from '@/server/deployment/paths';
import { env } from '@/server/env';
import { log } from '@/server/log';
import { meters } from '@/server/meters';
import { CollectorWatch } from '@/server/telemetry/collector-watch';
import type { ForwardRecord, ForwardSender } from '@/server/telemetry/forward-sender';
import { beginningOfLog, bytesBehind, readLogPiece, type LogPosition } from '@/server/telemetry/log-reader';

const TAG = 'anyon.log';
const LOOK_MS = 1_000;
/** So much of the log waits for a collector that takes nothing; older lines are dropped, and stay in the log file itself. */
const MOST_BEHIND_BYTES = 32 * 1024 * 1024;

const positionSchema = z.object({ head: z.string().min(1), offset: z.number().int().nonnegative() });

/**
 * Ships Anyon's log to the collector. It follows the log file, so nothing waits for it and nothing is lost when it ends: the file is its buffer,
 * and how far the collector has acknowledged is written down. After a crash some lines may come twice.
 */
export class LogShipper {
  readonly #sender: ForwardSender;
  readonly #watch = new CollectorWatch('log');
  readonly #mostBehind: number;
  /** Null until there is a first line. */
  #position: LogPosition | null = null;

  constructor(sender: ForwardSender, mostBehind = Math.min(MOST_BEHIND_BYTES, env().ANYON_LOG_FILE_BYTES * Math.max(1, env().ANYON_LOG_FILES))) {
    this.#sender = sender;
    this.#mostBehind = mostBehind;
  }

  /** Ships until the signal. Never throws. */
  async run(signal: AbortSignal): Promise<void> {
    this.#position = await readPosition();
    while (!signal.aborted) {
      try {
        if (this.#position === null) await this.#move(await beginningOfLog(logFile()));
        if (this.#position !== null && (await this.#shipFrom(await this.#drop(this.#position)))) continue;
        await sleep(LOOK_MS, undefined, { signal, ref: false }).catch(() => {}); // an abort ends the pause
      } catch (error) {
        await this.#watch.refused(error, signal);
      }
    }
    this.#sender.close();
  }

  /** The next piece; false when there is none. */
  async #shipFrom(position: LogPosition): Promise<boolean> {
    const piece = await this.#next(position);
    if (!piece) return false;
    await this.#sender.send(TAG, piece.lines.map(recordOf));
    meters().forwardedLines.inc({ what: 'log', outcome: 'shipped' }, piece.lines.length);
    this.#watch.tookThem();
    await this.#move(piece.next);
    return true;
  }

  /** Passes over what is too much; returns where the rest begins. */
  async #drop(from: LogPosition): Promise<LogPosition> {
    for (let position = from; ; ) {
      const behind = await bytesBehind(logFile(), env().ANYON_LOG_FILES, position);
      meters().forwardBehind.set(behind);
      const piece = behind <= this.#mostBehind ? null : await this.#next(position);
      if (!piece) return position;
      meters().forwardedLines.inc({ what: 'log', outcome: 'dropped' }, piece.lines.length);
      this.#watch.dropped(piece.lines.length);
      await this.#move((position = piece.next));
    }
  }

  async #move(position: LogPosition | null): Promise<void> {
    this.#position = position;
    if (position !== null) await writePosition(position);
  }

  async #next(position: LogPosition) {
    const piece = await readLogPiece(logFile(), env().ANYON_LOG_FILES, position);
    if (piece?.gap) {
      log().warn('shipping: the log was taken away before all of it was shipped');
      await this.#move(await beginningOfLog(logFile())); // said once
    }
    return piece;
  }
}

/** The line's own fields; one that is no JSON (a crash, a program's own words) as a message. */
function recordOf(line: string): ForwardRecord {
  try {
    const fields: unknown = JSON.parse(line);
    if (typeof fields === 'object' && fields !== null && !Array.isArray(fields)) {
      const at = new Date('time' in fields ? String(fields.time) : NaN);
      return { at: Number.isNaN(at.getTime()) ? new Date() : at, fields: { ...fields } };
    }
  } catch {
    // no JSON
  }
  return { at: new Date(), fields: { deployment: env().ANYON_DEPLOYMENT_MODE, msg: withoutKnownTokens(line) } };
}

async function readPosition(): Promise<LogPosition | null> {
  try {
    return positionSchema.parse(JSON.parse(await readFile(shippedLogFile(), 'utf8')));
  } catch {
    return null; // nothing was shipped yet
  }
}

/** A full disk is no reason to ship no further: lines come twice then. */
async function writePosition(position: LogPosition): Promise<void> {
  const file = shippedLogFile();
  try {
    await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
    await writeFile(`${file}.partial`, JSON.stringify(position), { mode: 0o600 });
    await rename(`${file}.partial`, file);
  } catch {
    return;
  }
}
