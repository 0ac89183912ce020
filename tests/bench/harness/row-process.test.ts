import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { measureInOwnProcess } from '@/tests/bench/harness/row-process';

/** Rows in files of their own, as the harness finds them. */
describe('the process of a row', () => {
  let directory = '';
  beforeEach(() => void (directory = mkdtempSync(path.join(os.tmpdir(), 'anyon-bench-test-'))));
  afterEach(() => rmSync(directory, { recursive: true, force: true }));
  const trace = (): string => path.join(directory, 'trace');

  /** A row whose `measure` is this code; it has `bench` and `trace(text)`. */
  const rowOf = (code: string): string => {
    const file = path.join(directory, 's1-fake.ts');
    writeFileSync(file, `import { appendFileSync } from 'node:fs';
const trace = (text) => appendFileSync(${JSON.stringify(trace())}, text + '\\n');
const value = { name: '', unit: 'ms', product: [1], peer: null, goal: null };
export const row = { id: 'S1', measure: async (bench) => { ${code} return [value]; } };\n`);
    return file;
  };
  const measure = async (code: string, limitMs?: number) => measureInOwnProcess({ file: rowOf(code), smoke: true, beside: ['/x.ts'] }, limitMs);
  const traced = (): string[] => readFileSync(trace(), 'utf8').trim().split('\n');

  it('answers with what was measured, in a directory that is gone afterwards', async () => {
    const outcome = await measure('trace(bench.directory); value.name = [bench.smoke, ...bench.beside].join();');
    expect(outcome).toEqual({ comparisons: [{ name: 'true,/x.ts', unit: 'ms', product: [1], peer: null, goal: null }] });
    expect(existsSync(traced()[0]!)).toBe(false);
  });

  it('undoes the last first, also after a failure, and tells of what it cannot undo', async () => {
    const undo = `bench.afterwards(async () => trace('first')); bench.afterwards(async () => trace('second'));`;
    expect(await measure(`${undo} throw new Error('no line came');`)).toEqual({ failure: 'no line came' });
    expect(traced()).toEqual(['second', 'first']);
    expect(await measure(`${undo} bench.afterwards(async () => { throw new Error('stuck'); });`)).toEqual({ failure: 'could not clean up: Error: stuck' });
    expect(traced()).toEqual(['second', 'first', 'second', 'first']);
  });

  it('cleans up to the end when it is interrupted, also by a second signal', async () => {
    const undo = `bench.afterwards(async () => { await new Promise((resolve) => setTimeout(resolve, 300)); trace('undone'); });`;
    const outcome = await measure(`${undo} process.kill(process.pid, 'SIGTERM'); setTimeout(() => process.kill(process.pid, 'SIGTERM'), 50); await new Promise((resolve) => setTimeout(resolve, 600_000));`);
    expect(outcome).toEqual({ failure: 'Its process ended with 130 before it had measured.' });
    expect(traced()).toEqual(['undone']);
  });

  it('is a failure when it dies, and cleans up when it takes too long', async () => {
    expect(await measure('trace(bench.directory); process.exit(7);')).toEqual({ failure: 'Its process ended with 7 before it had measured.' });
    expect(existsSync(traced()[0]!)).toBe(false);
    rmSync(trace());
    const outcome = await measure(`bench.afterwards(async () => trace('undone')); trace('begun'); await new Promise((resolve) => setTimeout(resolve, 600_000));`, 3_000);
    expect(outcome).toEqual({ failure: 'It was not over after 0.05 minutes.' });
    if (existsSync(trace())) expect(traced()).toEqual(['begun', 'undone']); // a very slow machine has not even begun
  });
});
