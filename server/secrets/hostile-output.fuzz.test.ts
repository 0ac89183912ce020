import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { withoutKnownTokens } from '@/contract/known-token';
import { createMasker } from '@/server/secrets/mask';
import { secretNeedles } from '@/server/secrets/mask-needles';
import { MaskedOutput } from '@/server/workspaces/terminals/masked-output';
import { lastLines } from '@/server/workspaces/tasks/command-output';
import { growsStraight, holdsFor } from '@/tests/setup/fuzzing';
import { cuts, inPieces, nearlyBytes, nearlyText } from '@/tests/setup/hostile-bytes';

const secrets = ['correct-horse-battery-staple', 'aaaaaaaaaaaaaaaa', '{"client_id":"abcdefgh12345678"}'];
const masker = createMasker(secretNeedles(secrets));
const known = [...secrets, 'sk-ant-api03-AbCd_1234-xyz12345', `ghp_${'a1'.repeat(18)}`, '\u001b[31m', '\u001b[', '\u001b]0;title\u0007', '\u001b[38;5;1', '\\u001b[0m', '\r\n', '\\n', '\\\\n'];
/** Each letter of a long output could be the beginning of something. */
const shapes = ['sk-ant-', 'sk-ant-a-', 'ghp_', 'gh', 'github_pat_', 'anyon_', '\u001b[', '\u001b[31m', '\u001b]', 'c\u001b[m', 'co\nrr', 'correct-horse-', 'a', 'aaaaaaaa\n', 'a\u001b[1mb', '\\', '\\n', '\\u001b[', '\r', '\0', '\u001b[31mgh\u001b[mp_'];
const outputOf = (shape: string) => (size: number) => Buffer.alloc(size, shape);

describe('output made to be hard on the masker', () => {
  it('shows no secret in a terminal, keeps its length, and breaks no control sequence, however it is cut', async () => {
    const calm = fc.tuple(nearlyBytes(known), fc.constantFrom(...secrets), nearlyBytes(known), cuts);
    await holdsFor(calm, ([before, secret, after, where]) => {
      const shown: Buffer[] = [];
      const output = new MaskedOutput(masker, (bytes) => shown.push(Buffer.from(bytes)));
      const raw = Buffer.concat([before, Buffer.from(`\n${secret}\n`), after]);
      for (const piece of inPieces(raw, where)) output.push(piece);
      output.flush();
      const all = Buffer.concat(shown);
      expect(all.length).toBe(raw.length);
      if (where.length === 0) expect(all.includes(secret)).toBe(false);
      expect(all.equals(raw) || all.includes('*')).toBe(true);
    });
  });

  it('never costs more than its length', async () => {
    for (const shape of shapes) await growsStraight(outputOf(shape), (bytes) => masker.maskWhole(bytes));
  });

  it('nor in pieces of a terminal', async () => {
    for (const shape of shapes) {
      const take = (bytes: Buffer) => {
        const output = new MaskedOutput(masker, () => undefined);
        for (let at = 0; at < bytes.length; at += 1024) output.push(bytes.subarray(at, at + 1024));
        output.flush();
      };
      await growsStraight(outputOf(shape), take);
    }
  });

  it('becomes last lines and lines of the log of bounded cost', async () => {
    await holdsFor(nearlyText(known), (text) => {
      for (const line of lastLines(text, 3)) expect(line).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
      expect(withoutKnownTokens(text)).not.toMatch(/ghp_[A-Za-z0-9]{36}/);
    });
    for (const shape of shapes) await growsStraight((size) => outputOf(shape)(size).toString(), (text) => lastLines(text, 3), 128 * 1024);
    for (const shape of shapes) await growsStraight((size) => outputOf(shape)(size).toString(), withoutKnownTokens, 128 * 1024);
  });
});
