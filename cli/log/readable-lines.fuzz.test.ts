import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { refusal } from '@/cli/api/refusal';
import { readableLine } from '@/cli/log/readable-lines';
import { WholeLines } from '@/cli/log/whole-lines';
import { parseBytes } from '@/cli/output/parse-bytes';
import { visibleText } from '@/cli/output/visible-text';
import { growsStraight, holdsFor } from '@/tests/setup/fuzzing';
import { cuts, deepJson, inPieces, nearly, nearlyBytes, nearlyText } from '@/tests/setup/hostile-bytes';
import { realLines } from '@/tests/setup/conversation-events';

const lines = nearly(realLines('2.1.329').map((line) => JSON.parse(line) as unknown)).map((value) => JSON.stringify(value));

describe('what the program anyon shows of a container', () => {
  it('is words, whatever the line', async () => {
    await holdsFor(fc.oneof(lines, nearlyText(realLines('2.1.329'))), (line) => void visibleText(readableLine(line)));
    readableLine(`{"type":"assistant","message":{"content":[{"type":"tool_use","name":"x","input":${deepJson('1')}}]}}`);
    for (const piece of ['\u001b[31m', '\r\n', '\u202e', '{"type":', '\t']) await growsStraight((size) => piece.repeat(size / piece.length), (text) => visibleText(readableLine(text)));
  });

  it('holds no control character', async () => {
    await holdsFor(nearlyText(['\u001b[31mred\u001b[0m', '\u001b]0;title\u0007', '\u009b31m', '\r\n', '\u202eabc']), (text) => expect(visibleText(text)).not.toMatch(/[\0-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/));
  });

  it('are the same lines however their bytes are cut', async () => {
    await holdsFor(fc.tuple(nearlyBytes(['one\n', 'é😀\r\n', '\n', 'last']), cuts), ([bytes, where]) => {
      const taken = (pieces: Iterable<Buffer>) => {
        const whole = new WholeLines();
        return [...[...pieces].flatMap((piece) => whole.take(piece)), whole.end()];
      };
      expect(taken(inPieces(bytes, where))).toEqual(taken([bytes]));
    });
    await growsStraight((size) => Array.from({ length: size }, () => Buffer.from('x')), (pieces) => {
      const whole = new WholeLines();
      for (const piece of pieces) whole.take(piece);
      return whole.end();
    });
  });

  it('is a size, or a refusal in words', async () => {
    await holdsFor(nearlyText(['512m', '4GiB', '1.5g', '99999999999999999999t', '-1', '1e9']), (text) => {
      try {
        expect(parseBytes(text)).toBeGreaterThanOrEqual(0);
      } catch (error) {
        expect((error as Error).message).toMatch(/\.$/);
      }
    });
  });

  it('is a reason in words of whatever a server or a proxy before it answers', async () => {
    await holdsFor(nearlyText(['{"title":"Not found","status":404,"detail":"There is nothing."}', '<html><body>502</body></html>', '']), async (text) => {
      const { kind } = await refusal(new Response(text, { status: 502 }), 'https://anyon.example');
      expect(kind).toMatch(/^[a-z_]+$/);
    }, 60);
  });
});
