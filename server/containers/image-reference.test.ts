import { expect, it } from 'vitest';
import { checkImageReference } from '@/server/containers/image-reference';

it.each(['anyon-claude:latest', 'busybox', 'node:24-bookworm-slim', 'ghcr.io/team/anyon-claude:v1.2.3', 'localhost:5000/a/b', `a@sha256:${'f'.repeat(64)}`, 'a__b/c.d:T_1'])('accepts %s', (text) => {
  expect(checkImageReference(text)).toBe(text);
});

it.each(['', ' ', 'Anyon', 'a b', '../x', 'a/../b', 'a//b', '/a', 'a/', 'a:', 'a:b:c', '-a', 'a?x=1', 'a#b', 'a%2fb', 'a\n', 'a\u0000', 'https://a/b', 'a@sha256:12', `a${'b'.repeat(300)}`, '--privileged', 'a:b/c:../d'])(
  'refuses %j',
  (text) => {
    expect(() => checkImageReference(text)).toThrow(/is not an image name/);
  },
);
