import { expect, it } from 'vitest';
import { runProgram } from '@/server/deployment/run-program';
import { changeEnvironment } from '@/tests/setup/test-environment';

it('gives programs of the host nothing of the product’s own environment', async () => {
  changeEnvironment({ ANYON_SECRET_KEY: 'not for others' });
  const { exitCode, stdout } = await runProgram('env', []);
  changeEnvironment({ ANYON_SECRET_KEY: undefined });
  expect(exitCode).toBe(0);
  expect(stdout.trim().split('\n').map((line) => line.split('=')[0]).sort()).toEqual(['LC_ALL', 'NODE_ENV', 'PATH']);
});
