import { AnyonError } from '@/server/errors';

const maxLineBytes = 1024 * 1024;
const newline = 0x0a;

/**
 * Reads JSON values, one a line, from a stream of bytes that may be cut anywhere. Empty lines are skipped; a last line
 * without newline counts. Throws `unavailable` for a line that is not JSON or longer than 1 MiB.
 */
export async function* readJsonLines(chunks: AsyncIterable<Buffer>): AsyncGenerator<unknown, void, void> {
  let parts: Buffer[] = [];
  let size = 0;
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(newline); end !== -1; end = chunk.indexOf(newline, start)) {
      parts.push(chunk.subarray(start, end));
      yield* parseLine(parts);
      parts = [];
      size = 0;
      start = end + 1;
    }
    parts.push(chunk.subarray(start));
    size += chunk.length - start;
    if (size > maxLineBytes) throw new AnyonError('unavailable', 'Docker sent a line of more than 1 MiB; it was refused.');
  }
  yield* parseLine(parts);
}

function* parseLine(parts: readonly Buffer[]): Generator<unknown, void, void> {
  const text = Buffer.concat(parts).toString('utf8').trim();
  if (text === '') return;
  try {
    yield JSON.parse(text) as unknown;
  } catch (cause) {
    throw new AnyonError('unavailable', 'Docker sent a line that is not valid JSON.', { cause });
  }
}
