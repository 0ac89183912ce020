import { expect, it } from 'vitest';
import { cpuUse } from '@/server/workspaces/metrics/cpu-use';

const at = (seconds: number, cpuSeconds: number) => ({ readAt: new Date(1_700_000_000_000 + seconds * 1000).toISOString(), cpuNanoseconds: cpuSeconds * 1e9 });

it.each([
  ['idle', at(0, 5), at(10, 5), 0],
  ['half a core', at(0, 5), at(10, 10), 0.5],
  ['three cores', at(0, 0), at(10, 30), 3],
  ['two readings of one moment', at(0, 0), at(0, 1), null],
  ['readings that are too close', at(0, 0), at(0.4, 1), null],
  ['a clock that was set back', at(10, 0), at(0, 1), null],
  ['a container that was restarted in between', at(0, 100), at(10, 1), null],
])('%s', (_what, first, second, cores) => {
  const use = cpuUse(first, second);
  if (cores === null) expect(use).toBeNull();
  else expect(use).toBeCloseTo(cores);
});
