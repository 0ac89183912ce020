import { describe, expect, it } from 'vitest';
import { createMasker } from '@/server/secrets/mask';
import { OutputRing } from '@/server/workspaces/terminals/output-ring';

const masker = createMasker([]);
const masked = (text: string) => masker.maskWhole(Buffer.from(text));

describe('the last output of a terminal', () => {
  it('is read by position, whatever pieces it came in', () => {
    const ring = new OutputRing(1_000_000);
    const text = Array.from({ length: 20_000 }, (_, index) => String.fromCharCode(97 + (index % 26))).join('');
    for (let at = 0; at < text.length; at += 7) ring.append(masked(text.slice(at, at + 7)));
    expect([ring.start, ring.end]).toEqual([0, text.length]);
    for (const [position, most] of [[0, 10], [4090, 20], [12_345, 9000], [text.length - 3, 100], [text.length, 5]] as const) {
      expect(ring.read(position, most).toString()).toBe(text.slice(position, position + most));
    }
  });

  it('lets go of the oldest beyond its bound and says what it holds', () => {
    const ring = new OutputRing(10_000);
    for (let index = 0; index < 100; index++) ring.append(masked(String(index % 10).repeat(1000)));
    expect(ring.end).toBe(100_000);
    expect(ring.end - ring.start).toBeGreaterThanOrEqual(10_000);
    expect(ring.end - ring.start).toBeLessThan(10_000 + 4096);
    expect(ring.holds(ring.start)).toBe(true);
    expect(ring.holds(ring.start - 1)).toBe(false);
    expect(ring.holds(ring.end + 1)).toBe(false);
    expect(ring.read(99_999, 10).toString()).toBe('9');
  });

  it('goes on elsewhere after a restart', () => {
    const ring = new OutputRing(100);
    ring.append(masked('before'));
    ring.restart(5000);
    ring.append(masked('after'));
    expect([ring.start, ring.end, ring.read(5000, 100).toString(), ring.holds(3)]).toEqual([5000, 5005, 'after', false]);
  });
});
