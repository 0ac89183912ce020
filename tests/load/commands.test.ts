import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { root } from '@/tests/house/house';
import { readLoadOptions } from '@/tests/load/load-options.mjs';
import { readSoakOptions } from '@/tests/soak/soak-options.mjs';

const LOAD = 'There are: --runs N, --cli N, --lines N, --workspaces N, --streams N, --minutes N.';
const SOAK = 'There are: --minutes N, --people N, --tabs N, --seed N.';

describe('npm run load and npm run soak', () => {
  it.each([
    ['load', ['--wrong'], `✗ "--wrong" is not understood. ${LOAD}\n`],
    ['soak', ['--wrong', '3'], `✗ "--wrong 3" is not understood. ${SOAK}\n`],
  ])('%s %j is refused with a sentence, before anything is set up', (name, args, sentence) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [path.join(root, `scripts/${name}.mjs`), ...args], { encoding: 'utf8', cwd: root });
    expect({ status, stdout, stderr }).toEqual({ status: 1, stdout: sentence, stderr: '' });
  });

  it.each([
    [readLoadOptions, ['--minutes'], `"--minutes" is not understood. ${LOAD}`],
    [readLoadOptions, ['--runs', '2', '--cli', '3'], 'There cannot be more runs of the CLI than runs.'],
    [readSoakOptions, ['--minutes', '-1'], `"--minutes -1" is not understood. ${SOAK}`],
    [readSoakOptions, ['--minutes', '3', '4'], `"4" is not understood. ${SOAK}`],
    [readSoakOptions, ['--minutes=0'], '--minutes is a number above 0.'],
  ])('%o says of %j what is wrong with it', (read, args, sentence) => {
    expect(() => read(args)).toThrow(sentence);
  });

  it('are whole unless told otherwise, and what is not given follows from what is', () => {
    expect(readLoadOptions([])).toEqual({ runs: 50, cli: 10, linesPerSecond: 20, workspaces: 200, streams: 100, minutes: 10 });
    expect(readLoadOptions(['--runs', '5', '--lines=7'])).toEqual({ runs: 5, cli: 1, linesPerSecond: 7, workspaces: 10, streams: 10, minutes: 10 });
    expect(readLoadOptions(['--runs', '5', '--cli', '0', '--workspaces', '2'])).toMatchObject({ cli: 0, workspaces: 5 });
    expect(readSoakOptions(['--minutes', '3', '--seed', '7'])).toEqual({ minutes: 3, people: 3, tabs: 3, seed: 7 });
    expect(readSoakOptions([]).seed).toBeGreaterThan(0);
  });
});
