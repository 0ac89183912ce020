import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeFrames, type Frame } from '@/server/containers/frame-decoder';

function frame(stream: number, data: Buffer): Buffer {
  const header = Buffer.alloc(8);
  header[0] = stream;
  header.writeUInt32BE(data.length, 4);
  return Buffer.concat([header, data]);
}

async function* inPieces(bytes: Buffer, cuts: readonly number[]): AsyncGenerator<Buffer> {
  const at = [...new Set([0, ...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length])].sort((a, b) => a - b);
  for (const [index, start] of at.entries()) yield bytes.subarray(start, at[index + 1] ?? bytes.length);
}

async function collect(chunks: AsyncIterable<Buffer>): Promise<{ stdout: Buffer; stderr: Buffer; frames: Frame[] }> {
  const frames: Frame[] = [];
  for await (const decoded of decodeFrames(chunks)) frames.push(decoded);
  const of = (stream: Frame['stream']) => Buffer.concat(frames.filter((one) => one.stream === stream).map((one) => one.data));
  return { stdout: of('stdout'), stderr: of('stderr'), frames };
}

describe('decodeFrames', () => {
  it('gives the same bytes however the stream is cut', async () => {
    const content = fc.array(fc.tuple(fc.constantFrom(1, 2), fc.uint8Array({ maxLength: 40 })), { maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(content, fc.array(fc.nat(), { maxLength: 60 }), async (frames, cuts) => {
        const bytes = Buffer.concat(frames.map(([stream, data]) => frame(stream, Buffer.from(data))));
        const of = (stream: number) => Buffer.concat(frames.filter(([one]) => one === stream).map(([, data]) => Buffer.from(data)));
        const decoded = await collect(inPieces(bytes, cuts));
        expect(decoded.stdout.equals(of(1))).toBe(true);
        expect(decoded.stderr.equals(of(2))).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it('decodes a chunk of 64 KiB that holds nothing but frames of one byte', async () => {
    const one = frame(1, Buffer.from('x'));
    const bytes = Buffer.concat(Array.from({ length: 7282 }, () => one));
    const { frames, stdout } = await collect(inPieces(bytes, []));
    expect(frames).toHaveLength(7282);
    expect(stdout.toString()).toBe('x'.repeat(7282));
  });

  it('passes the beginning of a large frame on before its end has arrived', async () => {
    const bytes = frame(2, Buffer.alloc(100_000, 'a'));
    const decoder = decodeFrames(
      (async function* () {
        yield bytes.subarray(0, 50);
        throw new Error('the rest must not be needed');
      })(),
    );
    expect((await decoder.next()).value).toMatchObject({ stream: 'stderr', data: Buffer.alloc(42, 'a') });
    await expect(decoder.next()).rejects.toThrow('must not be needed');
  });

  it('asks for no chunk before the frames of the last one are taken', async () => {
    let given = 0;
    const decoder = decodeFrames(
      (async function* () {
        for (;;) {
          given += 1;
          yield Buffer.concat([frame(1, Buffer.from('a')), frame(1, Buffer.from('b'))]);
        }
      })(),
    );
    for (let taken = 0; taken < 4; taken += 1) await decoder.next();
    expect(given).toBe(2);
    await decoder.return();
  });

  it('lets go of the source when the consumer stops', async () => {
    let released = false;
    const decoder = decodeFrames(
      (async function* () {
        try {
          for (;;) yield frame(1, Buffer.from('a'));
        } finally {
          released = true;
        }
      })(),
    );
    await decoder.next();
    await decoder.return();
    expect(released).toBe(true);
  });

  it.each([1, 4, 7, 8, 9, 11])('says so when the stream ends after %i bytes of a frame of 12', async (length) => {
    await expect(collect(inPieces(frame(1, Buffer.from('tail')).subarray(0, length), []))).rejects.toThrow(/middle of a frame/);
  });

  it('accepts an empty stream and empty frames', async () => {
    expect((await collect(inPieces(Buffer.alloc(0), []))).frames).toEqual([]);
    expect((await collect(inPieces(frame(1, Buffer.alloc(0)), []))).frames).toEqual([]);
  });

  it('refuses what is not multiplexed', async () => {
    await expect(collect(inPieces(Buffer.from('plain text of a terminal'), []))).rejects.toThrow(/not in its multiplexed format/);
  });
});
