import { appendFileSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { ContainerEngine, ExecCommand } from '@/server/containers/engine';
import { MAX_OUTPUT_BYTES, OutputWatch } from '@/server/workspaces/setup/output-watch';

let directory = '';
let said: string[] = [];
let execs: string[] = [];
let watch: OutputWatch;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] });
  directory = mkdtempSync(path.join(os.tmpdir(), 'anyon-watch-'));
  writeFileSync(path.join(directory, 'out.raw'), '');
  said = [];
  execs = [];
  const exec = async (_id: string, { argv }: ExecCommand) => {
    execs.push(argv.join(' '));
    return { exitCode: 0, stdout: Buffer.alloc(0), stderr: Buffer.alloc(0), truncated: false };
  };
  const signal = new AbortController().signal;
  const place = { engine: { exec } as unknown as ContainerEngine, onProgress: async (line: string) => void said.push(line), signal };
  watch = new OutputWatch(place, { id: 'setup-1', containerId: 'c', directory, what: 'The set-up script', signal });
});
afterEach(() => {
  vi.useRealTimers();
  rmSync(directory, { recursive: true, force: true });
});

const say = (text: string) => appendFileSync(path.join(directory, 'out.raw'), text);
const later = (seconds: number) => vi.setSystemTime(Date.now() + seconds * 1_000);

it('says the last line, and something new every twenty seconds while the script is silent', async () => {
  await watch.look();
  say('one\n\u001b[32mtwo\u001b[0m\r\n');
  await watch.look();
  for (const seconds of [19, 21, 20, 40]) {
    later(seconds);
    await watch.look();
  }
  say('three\n');
  await watch.look();
  expect(said).toEqual(['The script runs', 'two', 'two', '(nothing new for 0 min 40 s) two', '(nothing new for 1 min 0 s) two', '(nothing new for 1 min 40 s) two', 'three']);
  expect(watch.stopped).toBeNull();
});

it('ends a script that has said nothing for thirty minutes, and not one that speaks in the twenty-ninth', async () => {
  await watch.look();
  later(29 * 60);
  say('.');
  await watch.look();
  later(29 * 60);
  await watch.look();
  expect([watch.stopped, execs]).toEqual([null, []]);
  later(61);
  await watch.look();
  expect(watch.stopped).toMatchObject({ kind: 'precondition', message: expect.stringMatching(/said nothing for 30 minutes/) as string });
  expect(execs).toEqual(['anyon-run stop setup-1 5']);
});

it('ends a script that floods the disk', async () => {
  truncateSync(path.join(directory, 'out.raw'), MAX_OUTPUT_BYTES + 1);
  await watch.look();
  expect(watch.stopped).toMatchObject({ message: expect.stringMatching(/wrote more than 256 MiB of output/) as string });
  expect(execs).toHaveLength(1);
});
