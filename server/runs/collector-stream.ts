import { constants, writeSync } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { log } from '@/server/log';
import { meters } from '@/server/meters';
import { LIVE_EDGE_BYTES, readFully, type RunOutputSource } from '@/server/runs/run-output-source';
import type { MaskedBytes, Masker } from '@/server/secrets/mask';

/**
 * Copies one stream of raw output, masked, to a file, behind what stands there before `source.begin`. The size of that file is
 * the progress: byte n of it is byte n of the output, masked, and masking is a pure function of the raw bytes around n. So a copy
 * that died anywhere, in mid-append too, goes on at the size it left, and two copies at once would write the same bytes to the
 * same places.
 */
export interface StreamCollector {
  /** Takes the next piece, at most TURN_BYTES. Throws what the disk or the engine throws; then nothing has been lost. */
  turn(): Promise<'again' | 'grown' | 'quiet'>;
  /** Takes all that is there now as all there will ever be, and has the disk confirm it. */
  drain(): Promise<void>;
  /** Masked bytes in the file. */
  bytes(): number;
  /** True once the output was shortened or replaced by another. What was copied before stays; a shortened output is not read on. */
  tampered(): boolean;
  /** Reads from the masked file. */
  readMasked(offset: number, buffer: Buffer): Promise<number>;
  close(): Promise<void>;
}

/** One turn masks this much: about 2 ms of the event loop. */
const TURN_BYTES = 512 * 1024;
/** How much of the last masked output is compared with the source when a copy goes on. */
const COMPARED_BYTES = 1024;

/** Opens (or creates) the masked file and goes on where it ends. Throws if it cannot be opened. */
export async function openStreamCollector(options: { source: RunOutputSource; path: string; masker: Masker }): Promise<StreamCollector> {
  const { source, path, masker } = options;
  const file = await open(path, constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW, 0o600);
  let offset = Math.max(source.begin, (await file.stat()).size);
  let seen = offset;
  let shortened = false;
  let tampered = false;
  try {
    shortened = !(await continues({ source, file, masker, size: offset }));
    // Bytes that were held back or not yet copied are looked at again.
    seen = shortened ? offset : 0;
  } catch (error) {
    await file.close();
    throw error;
  }
  if (shortened) tamper('is not what was copied from it before');

  function tamper(what: string): void {
    if (!tampered) log().warn({ path }, `The output of a run ${what}; the copy so far is kept.`);
    tampered = true;
  }

  async function turn(final = false): Promise<'again' | 'grown' | 'quiet'> {
    if (shortened) return 'quiet';
    const size = await source.size();
    if (size < Math.max(offset, seen)) {
      shortened = true;
      tamper('was shortened');
      return 'quiet';
    }
    if (size === seen && !(final && offset < size)) return 'quiet';
    const start = Math.max(source.begin, offset - masker.lookaround);
    const window = Buffer.allocUnsafe(Math.min(size - start, masker.lookaround + TURN_BYTES));
    const end = start + (await source.read(start, window));
    const { masked } = masker.mask(window.subarray(0, end - start), offset - start, final && end === size);
    await writeFully(file, masked, offset);
    offset += masked.length;
    meters().collectedBytes.inc(masked.length);
    meters().collectorBehind.observe(size - end);
    seen = end;
    return end < size ? 'again' : 'grown';
  }

  return {
    turn: async () => turn(),
    drain: async () => {
      while ((await turn(true)) !== 'quiet');
      if (await source.replaced()) tamper('was replaced by another file');
      await file.datasync();
    },
    bytes: () => offset,
    tampered: () => tampered,
    readMasked: async (at, buffer) => readFully(file, buffer, at),
    close: async () => {
      await file.close();
      await source.close();
    },
  };
}

/** False if the source is shorter than its copy, or differs from the end of it. Other needles than before are no difference. */
async function continues(options: { source: RunOutputSource; file: FileHandle; masker: Masker; size: number }): Promise<boolean> {
  const { source, file, masker, size } = options;
  const rawSize = await source.size();
  if (rawSize < size) return false;
  const compared = Buffer.alloc(Math.min(size - source.begin, COMPARED_BYTES));
  await readFully(file, compared, size - compared.length);
  const start = Math.max(source.begin, size - compared.length - masker.lookaround);
  const window = Buffer.alloc(size - start);
  await source.read(start, window);
  const expected = masker.mask(window, window.length - compared.length, true).masked;
  return compared.every((byte, at) => byte === expected[at] || byte === ASTERISK || expected[at] === ASTERISK);
}

const ASTERISK = 0x2a;

async function writeFully(file: FileHandle, bytes: MaskedBytes, offset: number): Promise<void> {
  let written = 0;
  while (written < bytes.length) {
    const rest = bytes.length - written;
    if (rest <= LIVE_EDGE_BYTES) written += writeSync(file.fd, bytes, written, rest, offset + written);
    else written += (await file.write(bytes, written, rest, offset + written)).bytesWritten;
  }
}
