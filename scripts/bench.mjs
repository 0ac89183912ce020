// `npm run bench`: every row of tests/bench/rows beside its peers, on this machine; `-- s1 s3` some of them. `--smoke`: small, only whether they work.
// `--beside FILE`: with another log source. `--document`: makes docs/benchmarks.md of the history. Ends with 0 when every goal is met, with 1 when one is
// missed or a row could not be measured, with 2 when the call was wrong or something that it needs is missing.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { prepareDataDir } from './setup/data-dir.mjs';
import { bringDependencies, checkMachine } from './setup/prepare.mjs';
import { say } from './setup/progress.mjs';
import { inProject } from './setup/project.mjs';
import { readSettings } from './setup/settings.mjs';
import { setupUnderProductNode } from './setup/under-product-node.mjs';

const options = { smoke: { type: 'boolean', default: false }, document: { type: 'boolean', default: false }, beside: { type: 'string', multiple: true, default: [] } };
const ids = fs.readdirSync(inProject('tests/bench/rows')).flatMap((name) => /^([a-z]\d+)-[\w-]+\.ts$/.exec(name)?.[1] ?? []);
const call = readCall();

if (!call) process.exitCode = 2;
else {
  const settings = readSettings();
  const ready = await setupUnderProductNode('npm run bench', import.meta.url, {
    before: () => checkMachine(settings),
    work: async () => {
      prepareDataDir(settings.dataDir);
      await bringDependencies();
      return 'ready';
    },
  });
  if (ready === 'ready') process.exitCode = await measure();
  else if (ready === undefined) process.exitCode = 2;
}

/** The rows themselves. They clean up after themselves when they are interrupted, so this process waits for them: Ctrl-C reaches them by itself. */
async function measure() {
  const child = spawn(process.execPath, ['--import', 'tsx', inProject('tests/bench/main.ts'), JSON.stringify(call)], { cwd: inProject(), stdio: ['ignore', 'inherit', 'inherit'] });
  process.on('SIGINT', () => {});
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  const [code] = await once(child, 'exit');
  return code ?? 2;
}

/** What was asked for, or nothing after a sentence about what is wrong with it. */
function readCall() {
  try {
    const { values, positionals } = parseArgs({ options, allowPositionals: true });
    const names = positionals.map((name) => name.toLowerCase());
    const unknown = names.filter((name) => !ids.includes(name));
    if (unknown.length > 0) throw new Error(`There is no row ${unknown.join(', ')}. There are: ${ids.toSorted((a, b) => a.localeCompare(b, 'en', { numeric: true })).join(', ')}.`);
    const beside = values.beside.map((file) => path.resolve(process.env.INIT_CWD ?? process.cwd(), file));
    for (const file of beside) if (!fs.existsSync(file)) throw new Error(`There is no file ${file}.`);
    return { names, smoke: values.smoke, document: values.document, beside };
  } catch (error) {
    say(`✗ ${error.message}`);
    return null;
  }
}
