import { describe, expect, it } from 'vitest';
import { encodeFrame, FrameDecoder, keysFrame } from '@/server/workspaces/terminals/terminal-frames';

describe('frames of a terminal', () => {
  it('come out as they went in, in whatever pieces', () => {
    const frames = [encodeFrame('O', Buffer.from('hello')), encodeFrame('E', Buffer.alloc(0)), encodeFrame('O', Buffer.alloc(32_768, 7))];
    const bytes = Buffer.concat(frames);
    for (const size of [4, 1000, bytes.length]) {
      const decoder = new FrameDecoder();
      const found: string[] = [];
      for (let at = 0; at < bytes.length; at += size) for (const { letter, content } of decoder.push(bytes.subarray(at, at + size))) found.push(`${letter}${content.length}`);
      expect(found).toEqual(['O5', 'E0', 'O32768']);
    }
  });

  it('are refused when a container claims a length that nobody would send', () => {
    const decoder = new FrameDecoder();
    expect(() => [...decoder.push(Buffer.from([0x4f, 0xff, 0xff, 0xff, 0xff]))]).toThrow(/none of its language/);
  });

  it('carry keys with their tab and number', () => {
    const frame = keysFrame('11111111-1111-4111-8111-111111111111', 7, 'é\r');
    expect(frame.subarray(0, 1).toString()).toBe('K');
    expect(frame.readUInt32BE(1)).toBe(36 + 4 + 3);
    expect(frame.readUInt32BE(5 + 36)).toBe(7);
    expect(frame.subarray(45).toString()).toBe('é\r');
  });
});
