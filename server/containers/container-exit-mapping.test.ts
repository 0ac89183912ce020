import { expect, it } from 'vitest';
import { containerExitSchema, succeeded, wasSignaled } from '@/contract/container-exit';
import { engineTime, exitOfState, signalOfExitCode } from '@/server/containers/container-exit-mapping';

it.each([
  [137, 'SIGKILL'],
  [143, 'SIGTERM'],
  [130, 'SIGINT'],
  [139, 'SIGSEGV'],
  [134, 'SIGABRT'],
  [141, 'SIGPIPE'],
  [159, 'SIGSYS'],
  [0, null],
  [1, null],
  [127, null],
  [128, null],
  [160, null],
  [255, null],
  [null, null],
])('reads exit code %s as signal %s', (exitCode, signal) => {
  expect(signalOfExitCode(exitCode)).toBe(signal);
});

const finished = '2026-11-21T03:42:32.687123456Z';

it('maps a good end', () => {
  const exit = exitOfState({ ExitCode: 0, Error: '', OOMKilled: false, FinishedAt: finished });
  expect(containerExitSchema.parse(exit)).toEqual({ exitCode: 0, error: null, finishedAt: '2026-11-21T03:42:32.687Z', oomKilled: false, signal: null });
  expect(succeeded(exit)).toBe(true);
  expect(wasSignaled(exit)).toBe(false);
});

it('maps a kill for lack of memory', () => {
  const exit = exitOfState({ ExitCode: 137, OOMKilled: true, FinishedAt: finished });
  expect(exit).toMatchObject({ exitCode: 137, oomKilled: true, signal: 'SIGKILL' });
  expect(wasSignaled(exit)).toBe(true);
});

it('does not call it a success when a child was killed for lack of memory and the main process ended with 0', () => {
  expect(succeeded(exitOfState({ ExitCode: 0, OOMKilled: true, FinishedAt: finished }))).toBe(false);
});

it('keeps the reason why a container could not start', () => {
  expect(exitOfState({ ExitCode: 127, Error: 'exec: "x": not found', OOMKilled: false, FinishedAt: finished }).error).toBe('exec: "x": not found');
});

it('takes the year 1 and nonsense for never', () => {
  expect(engineTime('0001-01-01T00:00:00Z')).toBeNull();
  expect(engineTime('soon')).toBeNull();
});
