import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ContainerEngine } from '@/server/containers/engine';
import { AnyonError } from '@/server/errors';
import { changeEnvironment } from '@/tests/setup/test-environment';
import { followToEnd, launchOnce, mayBeThere, plainCommand, type StartCommand } from '@/server/workspaces/tasks/start-command';

let directory = '';
beforeEach(() => {
  directory = mkdtempSync(path.join(os.tmpdir(), 'anyon-start-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const command = (signal = new AbortController().signal): StartCommand => ({ id: 'clone', containerId: 'c', directory, what: 'Cloning', signal });
const report = JSON.stringify({ stage: 'command', exitCode: 3, signal: null, oomKills: 0, finishedAt: '2026-11-21T03:42:32.687Z' });
const end = () => writeFileSync(path.join(directory, 'exit.json'), report);

/** An engine whose answers to "does it live?" come from a list; the last one stays. */
function engineThat(...answers: (number | Error)[]): { engine: ContainerEngine; asked: () => number } {
  let asked = 0;
  const exec = async () => {
    const answer = answers[Math.min(asked, answers.length - 1)];
    asked += 1;
    if (answer instanceof Error) throw answer;
    return { exitCode: answer ?? 0, stdout: Buffer.alloc(0), stderr: Buffer.alloc(0), truncated: false };
  };
  return { engine: { exec } as unknown as ContainerEngine, asked: () => asked };
}
const silent = new AnyonError('unavailable', 'Docker does not answer.');

it('gives the end, however the engine is', async () => {
  const { engine, asked } = engineThat(silent, silent, 0, silent);
  const exit = await followToEnd(engine, command(), async () => (asked() === 4 ? end() : undefined), 1);
  expect(exit).toMatchObject({ exitCode: 3, problem: null });
});

it('gives up when the engine does not answer for a long time', async () => {
  const { engine, asked } = engineThat(silent);
  await expect(followToEnd(engine, command(), async () => {}, 1)).rejects.toBe(silent);
  expect(asked()).toBe(7);
});

it.each([1, 2, 66])('takes a command for lost when the wrapper says so (%s) and there is no report', async (answer) => {
  const { engine } = engineThat(0, answer);
  await expect(followToEnd(engine, command(), async () => {}, 1)).rejects.toMatchObject({ kind: 'unavailable', message: expect.stringMatching(/^Cloning stopped without a result/) as string });
});

it('lets go at once when the attempt is over', async () => {
  const ending = new AbortController();
  const following = followToEnd(engineThat(0).engine, command(ending.signal), async () => ending.abort(new Error('enough')), 1);
  await expect(following).rejects.toThrow(/enough|aborted/);
});

describe('launchOnce', () => {
  const inExchange = (): StartCommand => ({ ...command(), directory: path.join(directory, 'exchange/clone') });
  /** One whose wrapper says this about the command, and which takes every start. */
  function engineSaying(answer: number) {
    const calls: string[] = [];
    const exec = async () => {
      calls.push('alive?');
      return { exitCode: answer, stdout: Buffer.alloc(0), stderr: Buffer.alloc(0), truncated: false };
    };
    const execDetached = async () => void calls.push('start');
    return { engine: { exec, execDetached } as unknown as ContainerEngine, calls };
  }

  beforeEach(() => {
    mkdirSync(path.join(directory, 'exchange'));
    changeEnvironment({ ANYON_DOCKER_USER: String(process.getuid?.() || 1000) });
  });
  afterEach(() => changeEnvironment({ ANYON_DOCKER_USER: undefined }));

  it('asks nobody about what nobody has begun', async () => {
    const { engine, calls } = engineSaying(0);
    await launchOnce(engine, inExchange(), plainCommand(['true'], { env: {} }), { clearAway: async () => void calls.push('clear away') });
    expect(calls).toEqual(['clear away', 'start']);
    expect(existsSync(path.join(directory, 'exchange/clone/spec.json'))).toBe(true);
  });

  it('leaves one that lives alone', async () => {
    const { engine, calls } = engineSaying(0);
    mkdirSync(inExchange().directory);
    await launchOnce(engine, inExchange(), plainCommand(['true'], { env: {} }));
    expect(calls).toEqual(['alive?']);
  });

  it('begins one that was lost anew', async () => {
    const { engine, calls } = engineSaying(1);
    mkdirSync(inExchange().directory);
    await launchOnce(engine, inExchange(), plainCommand(['true'], { env: {} }), { clearAway: async () => void calls.push('clear away') });
    expect(calls).toEqual(['alive?', 'clear away', 'start']);
  });
});

it('takes for absent only what is certainly not there', async () => {
  writeFileSync(path.join(directory, 'file'), '');
  expect(await Promise.all([directory, path.join(directory, 'file/below'), path.join(directory, 'nothing')].map(mayBeThere))).toEqual([true, true, false]);
});
