import { describe, expect, it } from 'vitest';
import { parseAvailable, parseCgroup, withinCgroup } from '@/server/deployment/machine';

const GIB = 1024 ** 3;
const whole = { total: 24 * GIB, available: 20 * GIB };

describe("the machine's memory", () => {
  it('is what /proc/meminfo says is available', () => {
    expect(parseAvailable('MemTotal:       24684084 kB\nMemFree:        21390064 kB\nMemAvailable:   22850940 kB\n')).toBe(22_850_940 * 1024);
    expect(parseAvailable('MemTotal:       24684084 kB\n')).toBeNull();
    expect(parseAvailable(null)).toBeNull();
  });

  it.each([
    ['version 2', { limit: '8589934592\n', used: '3221225472\n', statistics: 'anon 1\ninactive_file 1073741824\nactive_file 5\n', cache: 'inactive_file' }],
    ['version 1', { limit: '8589934592\n', used: '3221225472\n', statistics: 'inactive_file 7\ntotal_inactive_file 1073741824\n', cache: 'total_inactive_file' }],
  ])('is what a cgroup of %s leaves, its caches not counted', (_version, texts) => {
    const cgroup = parseCgroup(texts);
    expect(cgroup).toEqual({ limit: 8 * GIB, used: 2 * GIB });
    expect(withinCgroup(whole, cgroup)).toEqual({ total: 8 * GIB, available: 6 * GIB });
    expect(withinCgroup({ total: 24 * GIB, available: GIB }, cgroup)).toEqual({ total: 8 * GIB, available: GIB });
  });

  it('is all of it where no cgroup limits it', () => {
    expect(parseCgroup({ limit: 'max\n', used: '1\n', statistics: '', cache: 'inactive_file' })).toBeNull();
    expect(parseCgroup({ limit: null, used: null, statistics: null, cache: 'inactive_file' })).toBeNull();
    expect(withinCgroup(whole, null)).toEqual(whole);
    expect(withinCgroup(whole, parseCgroup({ limit: '9223372036854771712\n', used: '1\n', statistics: null, cache: 'total_inactive_file' }))).toEqual(whole);
  });
});
