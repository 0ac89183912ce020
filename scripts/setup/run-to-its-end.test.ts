import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';

let directory = '';
beforeEach(() => {
  directory = mkdtempSync(path.join(os.tmpdir(), 'anyon-to-its-end-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

/** Runs a script that says `works`, and is told these signals as soon as it does; resolves with what both said and how the one in front ended. */
function interrupted(script: string, signals: readonly NodeJS.Signals[]): Promise<{ said: string; code: number | null; signal: string | null }> {
  const file = path.join(directory, 'script.mjs');
  writeFileSync(file, script);
  const front = `const { runToItsEnd } = await import(${JSON.stringify(path.resolve(import.meta.dirname, 'run-to-its-end.mjs'))}); process.exitCode = await runToItsEnd([${JSON.stringify(file)}]); console.log('ended');`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', front], { stdio: ['ignore', 'pipe', 'inherit'] });
  return new Promise((resolve) => {
    let said = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      if (!said.includes('works') && `${said}${text}`.includes('works')) for (const signal of signals) child.kill(signal);
      said += text;
    });
    child.on('close', (code, signal) => resolve({ said, code, signal }));
  });
}

const CLEANS = `const cleanUp = () => setTimeout(() => { console.log('cleaned'); process.exit(130); }, 300);
let told = 0;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => { if (told++ === 0) cleanUp(); });
console.log('works');
setInterval(() => {}, 1000);`;

it.each([[['SIGTERM']], [['SIGINT', 'SIGTERM', 'SIGINT', 'SIGHUP']]] as const)('hands %j on and waits until the script has cleaned up', async (signals) => {
  expect(await interrupted(CLEANS, signals)).toEqual({ said: 'works\ncleaned\nended\n', code: 130, signal: null });
});

it('ends with the code of a script that ends by itself', async () => {
  expect(await interrupted(`console.log('works'); process.exitCode = 7;`, [])).toEqual({ said: 'works\nended\n', code: 7, signal: null });
});
