import { expect, it } from 'vitest';
import { parseEnv, readEnv } from '@/server/env';

it('names every wrong variable, one of a list too, and says how it should be', () => {
  const source = { ANYON_ALLOWED_GITHUB_IDS: '7,octocat', ANYON_DEPLOYMENT_MODE: 'moon' };
  expect(() => parseEnv(source)).toThrow(/2 wrong value\(s\):\n {2}ANYON_DEPLOYMENT_MODE: must be .*\n {2}ANYON_ALLOWED_GITHUB_IDS: must be numeric GitHub ids/);
  expect(readEnv(source).env).toMatchObject({ ANYON_DEPLOYMENT_MODE: 'local', ANYON_ALLOWED_GITHUB_IDS: [] });
});
