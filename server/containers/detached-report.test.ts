import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readExit, readPid } from '@/server/containers/detached-command';

let directory = '';
beforeEach(() => {
  directory = mkdtempSync(path.join(os.tmpdir(), 'anyon-report-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const write = (name: string, content: string | Buffer) => writeFileSync(path.join(directory, name), content);
const good = { stage: 'command', exitCode: 0, signal: null, oomKills: 0, finishedAt: '2026-11-21T03:42:32.687Z' };

describe('readExit', () => {
  it('is null before the command has ended', async () => {
    expect(await readExit(directory)).toBeNull();
    expect(await readExit(path.join(directory, 'absent'))).toBeNull();
  });

  it.each([good, { ...good, exitCode: null, signal: 'SIGKILL', oomKills: 1 }, { ...good, stage: 'worktree', exitCode: 128 }])('reads %j', async (report) => {
    write('exit.json', JSON.stringify(report));
    expect(await readExit(directory)).toEqual({ ...report, problem: null });
  });

  it.each([
    ['nothing', '', /not valid JSON/],
    ['half of it', '{"stage":"comm', /not valid JSON/],
    ['another value', '[]', /expected fields/],
    ['an unknown stage', JSON.stringify({ ...good, stage: 'moon' }), /expected fields \(stage\)/],
    ['a text for a number', JSON.stringify({ ...good, exitCode: '0' }), /expected fields \(exitCode\)/],
    ['a time that is none', JSON.stringify({ ...good, finishedAt: 'now' }), /expected fields \(finishedAt\)/],
    ['more than 64 KiB', JSON.stringify({ ...good, signal: 'x'.repeat(70_000) }), /larger than 64 KiB/],
  ])('says so when there is %s', async (_what, content, problem) => {
    write('exit.json', content);
    expect(await readExit(directory)).toEqual({ stage: 'command', exitCode: null, signal: null, oomKills: 0, finishedAt: null, problem: expect.stringMatching(problem) as string });
  });

  it('says so when there is a link, a FIFO or a folder instead', async () => {
    write('real.json', JSON.stringify(good));
    symlinkSync('real.json', path.join(directory, 'exit.json'));
    expect(await readExit(directory)).toMatchObject({ exitCode: null, problem: expect.stringMatching(/not a regular file/) as string });
    rmSync(path.join(directory, 'exit.json'));
    execFileSync('mkfifo', [path.join(directory, 'exit.json')]);
    expect(await readExit(directory)).toMatchObject({ problem: expect.stringMatching(/not a regular file/) as string });
    rmSync(path.join(directory, 'exit.json'));
    mkdirSync(path.join(directory, 'exit.json'));
    expect(await readExit(directory)).toMatchObject({ problem: expect.stringMatching(/not a regular file/) as string });
  });

  it('never throws, whatever the container wrote', async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.uint8Array({ maxLength: 300 }), fc.json().map((text) => Buffer.from(text))), async (bytes) => {
        write('exit.json', Buffer.from(bytes));
        expect((await readExit(directory))?.problem).not.toBeNull();
      }),
      { numRuns: 200 },
    );
  });
});

describe('readPid', () => {
  it('reads what the wrapper wrote', async () => {
    expect(await readPid(directory)).toBeNull();
    const pid = { pid: 42, startTime: '123456', startedAt: '2026-11-21T03:42:32Z' };
    write('pid', JSON.stringify(pid));
    expect(await readPid(directory)).toEqual(pid);
  });

  it.each(['', '{}', '{"pid":-1,"startTime":"1","startedAt":"2026-11-21T03:42:32Z"}'])('takes %j for none', async (content) => {
    write('pid', content);
    expect(await readPid(directory)).toBeNull();
  });
});
