import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { keepScriptsOfBefore } from '@/scripts/setup/keep-scripts.mjs';

const folder = mkdtempSync(path.join(os.tmpdir(), 'anyon-keep-'));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A build with these files below static/. */
function build(name: string, files: Record<string, string>): string {
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(folder, name, '.next/static', file)), { recursive: true });
    writeFileSync(path.join(folder, name, '.next/static', file), text);
  }
  return path.join(folder, name);
}
const read = (name: string, file: string) => readFileSync(path.join(folder, name, '.next/static', file), 'utf8');

it('a build has the scripts of the one before as well, and none of those before that', () => {
  const [first, second, third] = [build('first', { 'chunks/a.js': 'a1', 'same.css': 'old' }), build('second', { 'chunks/b.js': 'b', 'same.css': 'new' }), build('third', { 'chunks/c.js': 'c' })];
  keepScriptsOfBefore(first, second);
  expect([read('second', 'chunks/a.js'), read('second', 'chunks/b.js'), read('second', 'same.css')]).toEqual(['a1', 'b', 'new']);
  keepScriptsOfBefore(second, third);
  expect([read('third', 'chunks/b.js'), read('third', 'chunks/c.js'), existsSync(path.join(third, '.next/static/chunks/a.js'))]).toEqual(['b', 'c', false]);
});

it('the first build has nothing to keep', () => {
  const only = build('only', { 'a.js': 'a' });
  keepScriptsOfBefore(path.join(folder, 'none'), only);
  expect(read('only', 'a.js')).toBe('a');
});
