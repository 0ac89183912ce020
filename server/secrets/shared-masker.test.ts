import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { sharedMasker } from '@/server/secrets/shared-masker';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

describe('a masker for the same secrets', () => {
  it('is one for all who have it at a time, whatever the order of the values', () => {
    const one = sharedMasker(['correct-horse', 'battery-staple']);
    expect(sharedMasker(['battery-staple', 'correct-horse', 'correct-horse'])).toBe(one);
    expect(one.maskText('a correct-horse b battery-staple')).toBe('a ************* b **************');
  });

  it('is another one for other secrets', () => {
    const [none, one, joined] = [sharedMasker([]), sharedMasker(['correct-horse']), sharedMasker(['correct-horse,battery-staple'])];
    expect(new Set([none, one, joined, sharedMasker(['correct-horse', 'battery-staple'])]).size).toBe(4);
    expect(none.maskText('correct-horse')).toBe('correct-horse');
    expect(one.maskText('correct-horse,battery-staple')).toBe('*************,battery-staple');
  });

  it('goes when nobody has it any more', async () => {
    const seen = (() => new WeakRef(sharedMasker(['only-for-a-moment'])))();
    for (let tries = 0; tries < 200 && seen.deref(); tries++) {
      await sleep(10);
      collect();
    }
    expect(seen.deref()).toBeUndefined();
    expect(sharedMasker(['only-for-a-moment']).maskText('only-for-a-moment')).toBe('*****************');
  });
});
