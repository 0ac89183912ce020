import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readExit, readPid } from '@/server/containers/detached-report';
import { decodeFrames } from '@/server/containers/frame-decoder';
import { checkImageReference } from '@/server/containers/image-reference';
import { readJsonLines } from '@/server/containers/json-lines';
import { judgeLook, readOutcomes } from '@/server/egress/isolation-proof';
import { isAnyonError } from '@/server/errors';
import { parseListening } from '@/server/workspaces/previews/listening-ports';
import { encodeFrame, FrameDecoder } from '@/server/workspaces/terminals/terminal-frames';
import { growsStraight, holdsFor } from '@/tests/setup/fuzzing';
import { cuts, inPieces, nearly, nearlyBytes, nearlyText } from '@/tests/setup/hostile-bytes';

/** A frame of Docker's multiplexed stream. */
function dockerFrame(stream: number, content: string): Buffer {
  const header = Buffer.alloc(8);
  header[0] = stream;
  header.writeUInt32BE(Buffer.byteLength(content), 4);
  return Buffer.concat([header, Buffer.from(content)]);
}

async function* arriving(pieces: Iterable<Buffer>): AsyncGenerator<Buffer> {
  yield* pieces;
}

/** What comes out before the end or the refusal, and of which kind that is; any other failure goes through. */
async function outcome<T>(values: AsyncIterable<T>): Promise<{ values: T[]; refused: string | null }> {
  const taken: T[] = [];
  try {
    for await (const value of values) taken.push(value);
    return { values: taken, refused: null };
  } catch (error) {
    if (!isAnyonError(error)) throw error;
    return { values: taken, refused: error.kind };
  }
}

describe('streams of the engine that may be anything', () => {
  it('are frames, or are refused, the same however they are cut', async () => {
    const streams = nearlyBytes([dockerFrame(1, 'one'), dockerFrame(2, 'two\n'), dockerFrame(0, ''), dockerFrame(3, 'x'.repeat(300))]);
    await holdsFor(fc.tuple(streams, cuts), async ([bytes, where]) => {
      const said = async (pieces: Iterable<Buffer>) => {
        const { values, refused } = await outcome(decodeFrames(arriving(pieces)));
        return [refused, ...['stdout', 'stderr'].map((stream) => Buffer.concat(values.filter((frame) => frame.stream === stream).map(({ data }) => data)).toString('hex'))];
      };
      expect(await said(inPieces(bytes, where))).toEqual(await said([bytes]));
    });
  });

  it('are values of JSON, or are refused, the same however they are cut', async () => {
    await holdsFor(fc.tuple(nearlyBytes(['{"status":"start","id":"a"}\n', '{"error":"é"}\r\n', '[1,2]\n', '\n']), cuts), async ([bytes, where]) => {
      expect(await outcome(readJsonLines(arriving(inPieces(bytes, where))))).toEqual(await outcome(readJsonLines(arriving([bytes]))));
    });
  });

  it('take time by their length, however small their pieces', async () => {
    const bytes = (size: number) => Array.from({ length: size / 64 }, () => Buffer.alloc(64, 'a'));
    await growsStraight((size) => [...Array.from({ length: size / 16 }, () => dockerFrame(1, 'x')), ...Array.from({ length: size / 8 }, () => Buffer.alloc(8))], (pieces) => outcome(decodeFrames(arriving(pieces))));
    await growsStraight(bytes, (pieces) => outcome(readJsonLines(arriving(pieces))));
    await growsStraight((size) => Array.from({ length: size }, () => Buffer.from('\n')), (pieces) => outcome(readJsonLines(arriving(pieces))));
  });
});

describe('frames of a terminal that may be anything', () => {
  const known = [encodeFrame('O', Buffer.from('hello')), encodeFrame('E', Buffer.alloc(0)), encodeFrame('O', Buffer.alloc(500, 7))];
  const decoded = (pieces: Iterable<Buffer>) => {
    const decoder = new FrameDecoder();
    const frames: string[] = [];
    try {
      for (const piece of pieces) for (const { letter, content } of decoder.push(piece)) frames.push(`${letter}${content.toString('hex')}`);
    } catch (error) {
      expect(error).toMatchObject({ kind: 'unavailable' });
      frames.push('refused');
    }
    return frames;
  };

  it('come out the same however they are cut, or are refused', async () => {
    await holdsFor(fc.tuple(nearlyBytes(known), cuts), ([bytes, where]) => expect(decoded(inPieces(bytes, where))).toEqual(decoded([bytes])));
  });

  it('take time by their length, however small their pieces', async () => {
    await growsStraight((size) => Array.from({ length: size / 8 }, () => encodeFrame('O', Buffer.from('abc'))), decoded);
    await growsStraight((size) => [encodeFrame('O', Buffer.alloc(60_000)).subarray(0, 5), ...Array.from({ length: size / 8 }, () => Buffer.alloc(8))], decoded);
  });
});

describe('files that a wrapper leaves, or a program in its place', () => {
  let directory: string;
  beforeAll(() => {
    directory = mkdtempSync(path.join(os.tmpdir(), 'anyon-report-'));
  });
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  const exit = { stage: 'command', exitCode: 0, signal: 'SIGTERM', oomKills: 0, finishedAt: '2026-01-02T03:04:05Z' };
  const pid = { pid: 7, startTime: '12345', startedAt: '2026-01-02T03:04:05Z' };

  it('are read, or there is a reason in words', async () => {
    const made = fc.oneof(nearly([exit, pid]).map((value) => Buffer.from(JSON.stringify(value))), nearlyBytes([JSON.stringify(exit), JSON.stringify(pid)]));
    await holdsFor(made, async (bytes) => {
      for (const name of ['exit.json', 'pid']) writeFileSync(path.join(directory, name), bytes);
      const read = await readExit(directory);
      expect(read?.problem === null || read?.problem.endsWith('.')).toBe(true);
      expect(read?.exitCode ?? 0).toBe((read?.exitCode ?? 0) | 0);
      expect(read?.signal ?? '').toMatch(/^[A-Z0-9+-]{0,20}$/);
      await readPid(directory);
    }, 150);
    writeFileSync(path.join(directory, 'exit.json'), Buffer.alloc(10 * 1024 * 1024, '['));
    expect((await readExit(directory))?.problem).toMatch(/larger than 64 KiB/);
    rmSync(path.join(directory, 'exit.json'));
    symlinkSync('/dev/zero', path.join(directory, 'exit.json'));
    expect((await readExit(directory))?.problem).toMatch(/\.$/);
  });
});

describe('what else comes out of a container', () => {
  it('holds ports and names in their form, or none', async () => {
    await holdsFor(nearlyBytes(['80\tnginx\n', '3000\tnode server.js\n', '65535\t\n', '0\tx\n', '99999\tghp_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n']), (output) => {
      const ports = parseListening(output);
      expect(ports.length).toBeLessThanOrEqual(128);
      for (const { port, program } of ports) expect(port >= 1 && port <= 65_535 && /^[\x20-\x7e]{0,80}$/.test(program ?? '') && !/ghp_a{36}/.test(program ?? '')).toBe(true);
    });
    await growsStraight((size) => Buffer.from('80\tx\n'.repeat(size / 5)), parseListening);
  });

  it('is the name of an image, or is refused in words, at once', async () => {
    await holdsFor(nearlyText(['registry.example:5000/team/anyon-claude:v1.2.3', 'node:24-bookworm-slim', `a@sha256:${'f'.repeat(64)}`]), (text) => {
      try {
        expect(checkImageReference(text)).toBe(text);
      } catch (error) {
        if (!isAnyonError(error)) throw error;
        expect(error.kind).toBe('invalid');
      }
    });
    const checked = (text: string) => expect(() => checkImageReference(text)).toThrow(/not an image name/);
    for (const piece of ['a-', 'a.', 'a/', 'A', '__', 'a:']) await growsStraight((size) => `${piece.repeat(Math.min(size, 250) / piece.length)}!`, checked);
  });

  it('is a whole look at the isolation, or none, and no look passes that does not say so of every address', async () => {
    const [canary, metadata, proxy, workspaceId] = ['10.1.0.1:40000', '169.254.169.254:80', '10.1.0.1:9', 'w'];
    const good = [[canary, 'errno 111'], [metadata, 'errno 113'], [proxy, 'connected'], ['answer', JSON.stringify({ anyon: 'egress', workspaceId })]];
    const told = fc.oneof(nearly([good]).map((value) => JSON.stringify(value)), nearlyText([JSON.stringify(good)]));
    await holdsFor(told, (text) => {
      const outcomes = readOutcomes(text, [canary, metadata, proxy]);
      if (!outcomes || !judgeLook({ canaries: [canary], proxy, workspaceId }, outcomes).isolated) return;
      expect([outcomes.get(canary), outcomes.get(metadata), outcomes.get(proxy), outcomes.get('answer')].join(' ')).toMatch(/^errno \d+ errno \d+ connected \{"anyon":"egress","workspaceId":"w"\}$/);
    });
    await growsStraight((size) => JSON.stringify(Array.from({ length: size / 8 }, () => ['a', 'b'])), (text) => readOutcomes(text, [canary]));
  });
});
