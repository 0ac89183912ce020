import { copyFile, mkdir, rename, rm, access } from 'node:fs/promises';
import path from 'node:path';
import { inProject } from '@/scripts/setup/project.mjs';
import { runOrFail } from '@/scripts/setup/run-command.mjs';

/**
 * frontail from npm, as its lock file beside this one says, in a folder of the bench's own: it stands on packages of 2019, which have no place among
 * those of the product. Answers with its program.
 */
export async function installFrontail(say: (line: string) => void): Promise<string> {
  const target = inProject('.tools/bench/frontail');
  const program = path.join(target, 'node_modules/frontail/bin/frontail');
  if (await access(program).then(() => true, () => false)) return program;
  say('frontail is installed from npm into .tools/bench');
  const partial = `${target}.partial`;
  await rm(partial, { recursive: true, force: true });
  await mkdir(partial, { recursive: true });
  for (const name of ['package.json', 'package-lock.json']) await copyFile(path.join(import.meta.dirname, name), path.join(partial, name));
  await runOrFail('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: partial, failure: 'frontail could not be installed from npm.', fix: 'Check that `npm ping` works.' });
  await rm(target, { recursive: true, force: true });
  await rename(partial, target);
  return program;
}
