import path from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import type { MaskedText } from '@/contract/masked-text';
import { openRegularFile } from '@/server/containers/detached-command';
import { createMasker, type Masker } from '@/server/secrets/mask';
import { textOfMasked } from '@/server/secrets/masked-text';

/** How much a detached command has written so far, and the end of it. */
export interface CommandOutput {
  bytes: number;
  /** The last `maxBytes` at most, masked. */
  tail: MaskedText;
}

/** Reads the end of what a command in a container has written; `masker` knows what the command was given. Throws `invalid` when the container has put something else in the file's place. */
export async function readOutput(directory: string, stream: 'out' | 'err', maxBytes: number, masker: Masker = createMasker([])): Promise<CommandOutput> {
  const file = await openRegularFile(path.join(directory, `${stream}.raw`));
  try {
    const { size } = await file.stat();
    const shown = Math.max(0, size - maxBytes);
    // A secret that begins before what is shown is masked only by who sees its beginning.
    const from = Math.max(0, shown - masker.lookaround);
    const window = Buffer.alloc(size - from);
    const { bytesRead } = await file.read(window, 0, window.length, from);
    const { masked } = masker.mask(window.subarray(0, bytesRead), Math.min(shown - from, bytesRead), true);
    return { bytes: size, tail: textOfMasked(masked) };
  } finally {
    await file.close();
  }
}

/** Of a line so much at its end is looked at: what takes colours out of it is slow with what only begins like one. */
const LOOKED_AT = 2_000;

/** The last lines that say something, as plain text for a sentence: without colours, cursor movements and control characters. */
export function lastLines(text: string, count: number): string[] {
  return text
    .split(/[\r\n]+/)
    .map((line) => stripVTControlCharacters(line.slice(-LOOKED_AT)).replace(/[\s\u0000-\u001f\u007f-\u009f]+/g, ' ').trim())
    .filter(Boolean)
    .slice(-count);
}
