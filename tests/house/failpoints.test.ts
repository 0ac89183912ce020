import { describe, expect, it } from 'vitest';
import { failpoints } from '@/server/failpoint';
import { productFiles } from '@/tests/house/house';

/** A name in the registry that nobody passes would be walked by the fault tests without meaning anything. */
describe('the registry of failpoints', () => {
  const calls = productFiles('server').flatMap(({ code }) => [...code.matchAll(/\bfailpoint\('([a-z.-]+)'\)/g)].map((match) => match[1] ?? ''));

  it.each(failpoints)('%s is passed by product code', (name) => {
    expect(calls).toContain(name);
  });

  it('has no name twice', () => {
    expect(new Set(failpoints).size).toBe(failpoints.length);
  });
});
