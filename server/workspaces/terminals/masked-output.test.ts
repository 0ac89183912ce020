import { describe, expect, it, vi } from 'vitest';
import { MaskedOutput } from '@/server/workspaces/terminals/masked-output';

const token = `ghp_${'A1b2'.repeat(9)}`;

function output() {
  let text = Buffer.alloc(0);
  const masking = new MaskedOutput((bytes) => {
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
});
