import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { root } from '@/tests/house/house';

const bench = (...args: string[]) => spawnSync(process.execPath, [path.join(root, 'scripts/bench.mjs'), ...args], { encoding: 'utf8', cwd: root });

describe('npm run bench', () => {
  it.each([
    [['s99'], 'There is no row s99. There are: n4, s1, s2, s3, s4, s5, s6, s7, s8, s9, s10.'],
    [['s1', '--beside', './nothing.ts'], 'There is no file '],
    [['--smok'], "Unknown option '--smok'"],
  ])('%j is refused with a sentence, before anything is set up', (args, sentence) => {
    const { status, stdout } = bench(...args);
    expect(stdout).toContain(sentence);
    expect(status).toBe(2);
  });
});
