import { describe, expect, it } from 'vitest';
import { count, formatCpus, formatRate, formatShare, formatSize, GIB } from '@/components/ui/quantities';

describe('sizes', () => {
  it.each([
    [0, '0 B'],
    [512, '512 B'],
    [1000, '1 KiB'],
    [1536, '1.5 KiB'],
    [512 * 1024 ** 2, '512 MiB'],
    [1000 * 1024 ** 2, '1 GiB'],
    [GIB, '1 GiB'],
    [2.25 * GIB, '2.3 GiB'],
    [12.4 * GIB, '12 GiB'],
    [5000 * 1024 * GIB, '5,000 TiB'],
  ])('%d bytes are written %s', (bytes, words) => expect(formatSize(bytes)).toBe(words));

  it('are shown with what they are a part of', () => {
    expect(formatShare(1.4 * GIB, 4 * GIB)).toBe('1.4 of 4 GiB');
    expect(formatShare(3 * 1024 ** 2, 4 * GIB)).toBe('3 MiB of 4 GiB');
    expect(formatShare(0, 4 * GIB)).toBe('0 B of 4 GiB');
    expect(formatShare(100 * 1024 ** 2, 512 * 1024 ** 2)).toBe('100 of 512 MiB');
  });

  it('become rates', () => expect(formatRate(2048)).toBe('2 KiB/s'));
});

describe('cores', () => {
  it.each([
    [0.001, '0'],
    [0.034, '0.03'],
    [0.42, '0.4'],
    [1, '1'],
    [11.6, '12'],
  ])('%d are written %s', (cpus, words) => expect(formatCpus(cpus)).toBe(words));
});

it('counts in words', () => expect([count(1, 'run'), count(2, 'run'), count(0, 'entry', 'entries')]).toEqual(['1 run', '2 runs', '0 entries']));
