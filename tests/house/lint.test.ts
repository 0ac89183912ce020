import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { root } from '@/tests/house/house';

const program = path.join(root, 'node_modules/oxlint/bin/oxlint');
const fixture = mkdtempSync(path.join(os.tmpdir(), 'anyon-lint-'));
afterAll(() => rmSync(fixture, { recursive: true, force: true }));

const wrong: Record<string, string> = {
  'typescript(no-floating-promises)': `export function start(): void {\n  work();\n}\nasync function work(): Promise<void> {}\n`,
  'typescript(no-misused-promises)': `export const bad = [1].filter(async () => true);\n`,
  'typescript(await-thenable)': `export async function wait(): Promise<void> {\n  await 1;\n}\n`,
  'typescript(switch-exhaustiveness-check)': `export function name(kind: 'a' | 'b'): string {\n  switch (kind) {\n    case 'a':\n      return 'A';\n  }\n  return '';\n}\n`,
  'typescript(no-explicit-any)': `export const anything: any = 1;\n`,
  'eslint(no-console)': `console.log('hello');\n`,
  'node(no-process-env)': `export const home = process.env['HOME'];\n`,
  'unicorn(filename-case)': `export const x = 1;\n`,
  'eslint(max-lines)': Array.from({ length: 301 }, (_, line) => `export const line${line} = ${line};\n`).join(''),
  'eslint(max-lines-per-function)': `export function long(): number {\n  let sum = 0;\n${'  sum += 1;\n'.repeat(60)}  return sum;\n}\n`,
};

function lint(): string {
  mkdirSync(path.join(fixture, 'server'), { recursive: true });
  writeFileSync(path.join(fixture, 'tsconfig.json'), JSON.stringify({ compilerOptions: { strict: true, target: 'ES2022', module: 'ESNext', moduleResolution: 'bundler', noEmit: true }, include: ['server/*.ts'] }));
  Object.entries(wrong).forEach(([rule, code], index) => {
    writeFileSync(path.join(fixture, 'server', rule.includes('filename') ? 'BadName.ts' : `wrong-${index}.ts`), code);
  });
  const result = spawnSync(process.execPath, [program, '--type-aware', '--config', path.join(root, '.oxlintrc.json'), '--format', 'unix', 'server'], { cwd: fixture, encoding: 'utf8' });
  return result.stdout;
}

describe('the linter', () => {
  it('stops a test file of more than 300 lines, whatever is in them', () => {
    const test = path.join(fixture, 'tests');
    mkdirSync(test, { recursive: true });
    writeFileSync(path.join(test, 'long.test.ts'), Array.from({ length: 301 }, (_, line) => (line % 2 === 0 ? '// One more.\n' : '\n')).join(''));
    const { stdout } = spawnSync(process.execPath, [program, '--config', path.join(root, '.oxlintrc.json'), '--format', 'unix', 'tests'], { cwd: fixture, encoding: 'utf8' });
    expect(stdout).toContain('eslint(max-lines)');
  });

  it('stops each of the mistakes that we forbid, also those that need types', () => {
    const output = lint();
    expect(Object.keys(wrong).filter((rule) => !output.includes(rule))).toEqual([]);
  });
});
