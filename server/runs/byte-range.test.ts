import { describe, expect, it } from 'vitest';
import { parseByteRange } from '@/server/runs/byte-range';

describe('a Range header', () => {
  it.each<[string | null, ReturnType<typeof parseByteRange>]>([
    [null, { kind: 'all' }],
    ['bytes=0-', { kind: 'part', from: 0, to: 100 }],
    ['bytes=10-19', { kind: 'part', from: 10, to: 20 }],
    ['bytes=99-', { kind: 'part', from: 99, to: 100 }],
    ['bytes=90-500', { kind: 'part', from: 90, to: 100 }],
    ['bytes=-10', { kind: 'part', from: 90, to: 100 }],
    ['bytes=-500', { kind: 'part', from: 0, to: 100 }],
    ['Bytes = 1-1', { kind: 'part', from: 1, to: 2 }],
    ['bytes=100-', { kind: 'unsatisfiable' }],
    ['bytes=-0', { kind: 'unsatisfiable' }],
    ['bytes=20-10', { kind: 'all' }],
    ['bytes=0-1,5-6', { kind: 'all' }],
    ['bytes=-', { kind: 'all' }],
    ['lines=0-1', { kind: 'all' }],
    ['bytes=a-b', { kind: 'all' }],
  ])('%s', (header, range) => {
    expect(parseByteRange(header, 100)).toEqual(range);
  });

  it('finds nothing in an empty resource', () => {
    expect(parseByteRange('bytes=0-', 0)).toEqual({ kind: 'unsatisfiable' });
    expect(parseByteRange('bytes=-5', 0)).toEqual({ kind: 'unsatisfiable' });
    expect(parseByteRange(null, 0)).toEqual({ kind: 'all' });
  });
});
