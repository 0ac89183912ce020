import { stat } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

const PATIENCE_MS = 60_000;

/** When the file began to have bytes in it, by the clock; looked at every millisecond. */
export async function firstByteAt(file: string): Promise<number> {
  for (const deadline = Date.now() + PATIENCE_MS; Date.now() < deadline; await sleep(1)) {
    const { size } = await stat(file).catch(() => ({ size: 0 }));
    if (size > 0) return Date.now();
  }
  throw new Error(`Nothing was written to ${file} within a minute.`);
}

/** Milliseconds from the call until it was answered, and until the first byte was there. */
export interface BeginningTimes {
  answeredMs: number[];
  firstByteMs: number[];
}
