import fc from 'fast-check';
import { expect, it } from 'vitest';
import { checkImageReference } from '@/server/containers/image-reference';

it.each(['anyon-claude:latest', 'busybox', 'node:24-bookworm-slim', 'ghcr.io/team/anyon-claude:v1.2.3', 'localhost:5000/a/b', `a@sha256:${'f'.repeat(64)}`, 'a__b/c.d:T_1'])('accepts %s', (text) => {
  expect(checkImageReference(text)).toBe(text);
});

it.each(['', ' ', 'Anyon', 'a b', '../x', 'a/../b', 'a//b', '/a', 'a/', 'a:', 'a:b:c', '-a', 'a?x=1', 'a#b', 'a%2fb', 'a\n', 'a\u0000', 'https://a/b', 'a@sha256:12', `a${'b'.repeat(300)}`, '--privileged', 'a:b/c:../d', 'a:1..2'])(
  'refuses %j',
  (text) => {
    expect(() => checkImageReference(text)).toThrow(/is not an image name/);
  },
);

it('ISO-17 whatever passes is one piece of a path that no URL reads differently, and no option, in 20,000 hostile cases', () => {
  const piece = fc.constantFrom('anyon-claude', 'registry.example:5000', 'a', 'A', '..', '.', '/', ':', '@', '@sha256:', 'f'.repeat(64), '-', '--privileged', '?', '#', '%2e', '%2f', ' ', '\n', '\0', '\\', '"', "'", '$(id)', ';', '&', 'ü', '~', '+', '__', '_');
  const hostile = fc.oneof(fc.array(piece, { maxLength: 6 }).map((pieces) => pieces.join('')), fc.string({ maxLength: 30 }), fc.string({ unit: 'binary', maxLength: 30 }));
  let passed = 0;
  fc.assert(
    fc.property(hostile, (text) => {
      try {
        checkImageReference(text);
      } catch (error) {
        expect(error).toMatchObject({ kind: 'invalid' });
        return;
      }
      passed += 1;
      const url = new URL(`http://docker/images/${text}/json`);
      expect(url.pathname).toBe(`/images/${text}/json`);
      expect([url.search, url.hash, url.host]).toEqual(['', '', 'docker']);
      expect(text).not.toMatch(/^-|\s|\.\./);
    }),
    { numRuns: 20_000 },
  );
  expect(passed).toBeGreaterThan(100);
});
