import { spawn } from 'node:child_process';
import { inProject } from './project.mjs';

/** The checks that need nothing running, in the order of their speed of answer. */
const STEPS = [
  { name: 'typecheck', command: ['node_modules/@typescript/native/bin/tsc', '--noEmit'] },
  { name: 'lint', command: ['node_modules/oxlint/bin/oxlint', '--type-aware', '--deny-warnings'] },
  { name: 'import floors', command: ['node_modules/dependency-cruiser/bin/dependency-cruiser.mjs', '--config', 'tests/house/floors.cjs', 'app', 'cli', 'components', 'contract', 'server', 'db', 'tests', 'proxy.ts', 'instrumentation.ts'] },
  { name: 'unused code', command: ['node_modules/knip/bin/knip.js'] },
];

/** Runs every check (or the named ones), shows its output, and returns the names of those that failed. */
export async function runVerifySteps(only = []) {
  const failed = [];
  for (const { name, command } of STEPS) {
    if (only.length > 0 && !only.includes(name)) continue;
    const started = performance.now();
    const [script, ...args] = command;
    const code = await runNode([inProject(script), ...args]);
    process.stdout.write(`${code === 0 ? '✓' : '✗'} ${name} (${((performance.now() - started) / 1000).toFixed(1)} s)\n`);
    if (code !== 0) failed.push(name);
  }
  return failed;
}

/** Runs a Node script in the project folder with this terminal; resolves with its exit code. */
export function runNode(args, environment = process.env) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, args, { cwd: inProject(), env: environment, stdio: ['ignore', 'inherit', 'inherit'] });
    child.on('error', () => resolve(127));
    child.on('close', (code) => resolve(code ?? 128));
  });
}
