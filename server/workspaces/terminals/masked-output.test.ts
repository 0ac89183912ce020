import { describe, expect, it, vi } from 'vitest';
import { createMasker } from '@/server/secrets/mask';
import { secretNeedles } from '@/server/secrets/mask-needles';
import { MaskedOutput } from '@/server/workspaces/terminals/masked-output';

const token = `ghp_${'A1b2'.repeat(9)}`;

function output(values: readonly string[] = []) {
  let text = Buffer.alloc(0);
  const masking = new MaskedOutput(createMasker(secretNeedles(values)), (bytes) => {
    text = Buffer.concat([text, bytes]);
  });
  return { masking, text: () => text.toString('latin1') };
}

describe('SEC-06 the output of a terminal', () => {
  it('shows no token that comes in pieces, and keeps its length and the colours around it', () => {
    for (const size of [1, 3, 16, 400]) {
      const { masking, text } = output();
      const bytes = Buffer.from(`\x1b[31mtoken ${token}\x1b[0m\r\n$ `);
      for (let at = 0; at < bytes.length; at += size) masking.push(bytes.subarray(at, at + size));
      masking.flush();
      expect(text()).toBe(`\x1b[31mtoken ${'*'.repeat(token.length)}\x1b[0m\r\n$ `);
    }
  });

  it('passes everything else on as it is, half characters too', () => {
    const { masking, text } = output();
    const bytes = Buffer.from('\x1b]0;title\x07\x1b[?25l größe 🚀\xff\r\n', 'utf8');
    for (const byte of bytes) masking.push(Buffer.from([byte]));
    masking.flush();
    expect(text()).toBe(bytes.toString('latin1'));
  });

  it('holds back what may be the beginning of a token for a moment only', () => {
    vi.useFakeTimers();
    try {
      const { masking, text } = output();
      masking.push(Buffer.from('git: g'));
      expect(text()).toBe('git: ');
      vi.advanceTimersByTime(20);
      expect(text()).toBe('git: g');
      masking.push(Buffer.from('o\r\n'));
      expect(text()).toBe('git: go\r\n');
    } finally {
      vi.useRealTimers();
    }
  });

  it('shows no value that comes in pieces, plain or encoded, nor one that colours and lines go through', () => {
    const value = 'correct-horse-battery-staple';
    const stars = (length: number) => '*'.repeat(length);
    const encoded = Buffer.from(value).toString('base64').replace(/=+$/, '');
    for (const size of [5, 7, 16, 400]) {
      const { masking, text } = output([value]);
      const bytes = Buffer.from(`it is ${value}, ${encoded}, correct-ho\x1b[1mrse-battery-staple\x1b[0m\r\n$ `);
      for (let at = 0; at < bytes.length; at += size) masking.push(bytes.subarray(at, at + size));
      masking.flush();
      // Where a piece ends within the first three letters of it, those have been shown.
      const shown = text();
      expect([...value].every((_, at) => at + 4 > value.length || !shown.includes(value.slice(at, at + 4)))).toBe(true);
      expect([...encoded].every((_, at) => at + 4 > encoded.length || !shown.includes(encoded.slice(at, at + 4)))).toBe(true);
    }
    const whole = output([value]);
    whole.masking.push(Buffer.from(`it is ${value}, ${encoded}, correct-ho\x1b[1mrse-battery-staple\x1b[0m\r\n$ `));
    expect(whole.text()).toBe(`it is ${stars(value.length)}, ${stars(encoded.length)}, ${stars(10)}\x1b[1m${stars(18)}\x1b[0m\r\n$ `);
  });

  it('does not let a key wait because a value begins so', () => {
    const { masking, text } = output(['echo-is-how-it-begins']);
    for (const key of ['e', 'c', 'h']) {
      masking.push(Buffer.from(key));
      expect(text().endsWith(key)).toBe(true);
    }
  });

  it('breaks no control sequence in which a value stands by chance', () => {
    const colours = '\x1b[38;2;200;200;200mtext\x1b[0m 200;200;200 \x1b[38;2;20';
    for (const size of [1, 6, 400]) {
      const { masking, text } = output(['200;200;200']);
      const bytes = Buffer.from(`${colours}0;200;200mmore`);
      for (let at = 0; at < bytes.length; at += size) masking.push(bytes.subarray(at, at + size));
      masking.flush();
      expect(text()).toMatch(/^\x1b\[38;2;200;200;200mtext\x1b\[0m [20;*]{11} \x1b\[38;2;200;200;200mmore$/);
      if (size === 400) expect(text()).toContain('m *********** \x1b');
    }
  });

  it('masks by what it is told to from then on', () => {
    const { masking, text } = output();
    masking.push(Buffer.from('later-known\r\n'));
    masking.use(createMasker(secretNeedles(['later-known'])));
    masking.push(Buffer.from('later-known\r\n'));
    masking.flush();
    expect(text()).toBe(`later-known\r\n${'*'.repeat(11)}\r\n`);
  });
});
