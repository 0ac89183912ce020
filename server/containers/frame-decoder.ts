import { AnyonError } from '@/server/errors';

/** One frame of Docker's multiplexed stream. A frame is cut wherever the network cut it: join them to get text. */
export interface Frame {
  stream: 'stdout' | 'stderr';
  data: Buffer;
}

const headerLength = 8;

/**
 * Decodes Docker's multiplexed stream (header: one byte of stream number, three of zero, four of length, big endian; see
 * "Stream format" of the attach call in the Docker Engine API). Time is linear in the bytes, data is passed on without
 * copying and without waiting for the rest of its frame, and nothing is read before the consumer asks for it.
 *
 * Throws `unavailable` when the bytes end inside a frame (what came before has been yielded) and `internal` when they are
 * no such stream.
 */
export async function* decodeFrames(chunks: AsyncIterable<Buffer>): AsyncGenerator<Frame, void, void> {
  const header = Buffer.alloc(headerLength);
  let headerFilled = 0;
  let stream: Frame['stream'] = 'stdout';
  let missing = 0;
  for await (const chunk of chunks) {
    let at = 0;
    while (at < chunk.length) {
      if (missing > 0) {
        const end = Math.min(at + missing, chunk.length);
        yield { stream, data: chunk.subarray(at, end) };
        missing -= end - at;
        at = end;
        continue;
      }
      const copied = chunk.copy(header, headerFilled, at, at + headerLength - headerFilled);
      headerFilled += copied;
      at += copied;
      if (headerFilled < headerLength) continue;
      headerFilled = 0;
      stream = readStream(header);
      missing = header.readUInt32BE(4);
    }
  }
  if (missing > 0 || headerFilled > 0) {
    throw new AnyonError('unavailable', `Docker ended a stream in the middle of a frame; ${missing > 0 ? `${missing} bytes` : 'part of a header'} did not arrive.`);
  }
}

/** 0 is stdin (echoed by some engines), 1 stdout, 2 stderr; 3 is an error of the engine, which belongs on stderr too. */
function readStream(header: Buffer): Frame['stream'] {
  const number = header[0] ?? 255;
  if (number > 3 || header[1] !== 0 || header[2] !== 0 || header[3] !== 0) {
    throw new AnyonError('internal', 'Docker sent a stream that is not in its multiplexed format.');
  }
  return number <= 1 ? 'stdout' : 'stderr';
}
