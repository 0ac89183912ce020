import { beforeEach, describe, expect, it } from 'vitest';
import type { ExecCommand, ExecResult } from '@/server/containers/engine';
import { isAlive, launchDetachedCommand, stopDetached } from '@/server/containers/detached-command';
import { FakeEngine } from '@/tests/fakes/fake-engine';

let engine: FakeEngine;
let container = '';
let answer: Partial<ExecResult> = {};
let commands: ExecCommand[] = [];

beforeEach(async () => {
  commands = [];
  const onExec = (_id: string, command: ExecCommand): ExecResult => {
    commands.push(command);
    return { exitCode: 0, stdout: Buffer.alloc(0), stderr: Buffer.alloc(0), truncated: false, ...answer };
  };
  engine = new FakeEngine({ dataDir: '/nowhere', instance: 'test', images: ['anyon-claude:latest'], onExec, onExecDetached: (_id, command) => commands.push(command) });
  await engine.ensureNetwork({ name: 'anyon-1', labels: {}, bridge: 'antest1', pool: '10.213.0.0/16' });
  container = await engine.createContainer({ name: 'a', image: 'anyon-claude:latest', labels: {}, env: {}, user: '1000:1000', network: 'anyon-1', limits: { memoryBytes: 2 ** 26, cpus: 1, pids: 32 }, mounts: [] });
  await engine.startContainer(container);
});

it('starts the wrapper by its arguments alone', async () => {
  await launchDetachedCommand(engine, container, 'run-1', '1000:1000');
  expect(commands).toEqual([{ argv: ['anyon-run', 'start', 'run-1'], user: '1000:1000' }]);
});

it.each(['', '../x', '--help', 'a b', 'a;b'])('refuses the id %j', async (id) => {
  await expect(launchDetachedCommand(engine, container, id, '1000:1000')).rejects.toMatchObject({ kind: 'invalid' });
  await expect(isAlive(engine, container, id)).rejects.toMatchObject({ kind: 'invalid' });
  await expect(stopDetached(engine, container, id, 1)).rejects.toMatchObject({ kind: 'invalid' });
  expect(commands).toEqual([]);
});

describe('isAlive', () => {
  it.each([
    [0, 'alive'],
    [1, 'dead'],
    [2, 'never-started'],
    [66, 'never-started'],
  ])('reads exit code %i as %s', async (exitCode, liveness) => {
    answer = { exitCode };
    expect(await isAlive(engine, container, 'run-1')).toBe(liveness);
  });

  it('does not guess when the wrapper fails', async () => {
    answer = { exitCode: 3, stderr: Buffer.from('broken') };
    await expect(isAlive(engine, container, 'run-1')).rejects.toMatchObject({ kind: 'unavailable', message: expect.stringMatching(/broken/) as string });
  });

  it('names the build command when the image has no wrapper', async () => {
    answer = { exitCode: 126 };
    await expect(isAlive(engine, container, 'run-1')).rejects.toMatchObject({ kind: 'precondition', message: expect.stringMatching(/npm run images/) as string });
  });
});

describe('stopDetached', () => {
  it('gives the wrapper more time than it may take', async () => {
    answer = { exitCode: 0 };
    await stopDetached(engine, container, 'run-1', 10);
    expect(commands).toEqual([{ argv: ['anyon-run', 'stop', 'run-1', '10'], timeoutMs: 40_000 }]);
  });

  it('says so when processes survive', async () => {
    answer = { exitCode: 1, stderr: Buffer.from('still there: 17') };
    await expect(stopDetached(engine, container, 'run-1', 1)).rejects.toMatchObject({ kind: 'unavailable', message: expect.stringMatching(/still there: 17/) as string });
  });
});
