import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { SetupFailure } from './failure.mjs';
import { inProject } from './project.mjs';
import { runOrFail } from './run-command.mjs';

/** Why 24 and why from npm: docs/decisions/0002-node-24-from-npm.md. */
export const NODE_VERSION = '24.21.0';
export const NODE_PACKAGE = `node-linux-${process.arch}`;
const WANTED_MAJOR = 24;

/** True when the running Node is good enough for the product. */
export function runsProductNode() {
  return Number(process.versions.node.split('.')[0]) >= WANTED_MAJOR;
}

/** Directory of the product's own Node; for PATH. */
export function nodeBinDir() {
  return inProject('.tools/node/node_modules', NODE_PACKAGE, 'bin');
}

/** True when that Node lies there already. */
export function hasProductNode() {
  return installedVersion() === NODE_VERSION && fs.existsSync(path.join(nodeBinDir(), 'node'));
}

/** Installs it from npm into .tools/node; a broken attempt leaves nothing behind that would be taken for a whole one. */
export async function installProductNode(news) {
  const target = inProject('.tools/node');
  const partial = `${target}.partial`;
  fs.rmSync(partial, { recursive: true, force: true });
  fs.mkdirSync(partial, { recursive: true });
  fs.writeFileSync(path.join(partial, 'package.json'), '{"private":true}\n');
  await runOrFail('npm', ['install', '--prefix', partial, '--no-save', '--no-package-lock', '--ignore-scripts', '--no-audit', '--no-fund', `${NODE_PACKAGE}@${NODE_VERSION}`], {
    cwd: partial,
    onLine: news,
    failure: `Node ${NODE_VERSION} could not be installed from npm (package ${NODE_PACKAGE}).`,
    fix: 'Check that `npm ping` works, or install Node 24 yourself and start again.',
  });
  fs.rmSync(target, { recursive: true, force: true });
  fs.renameSync(partial, target);
  if (!hasProductNode()) throw new SetupFailure(`The npm package ${NODE_PACKAGE} did not bring Node ${NODE_VERSION}.`, 'Install Node 24 yourself and start again.');
}

/** Runs this same script again under the product's Node and ends with its exit code. Ctrl-C reaches the new process by itself (same terminal). */
export async function continueUnderProductNode(script) {
  const environment = { ...process.env, PATH: `${nodeBinDir()}:${process.env.PATH}`, ANYON_SETUP_CONTINUES: '1' };
  const child = spawn(path.join(nodeBinDir(), 'node'), [script, ...process.argv.slice(2)], { stdio: 'inherit', env: environment });
  const wait = () => {};
  process.on('SIGINT', wait);
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  process.exitCode = await new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code) => resolve(code ?? 1));
  });
}

function installedVersion() {
  try {
    return JSON.parse(fs.readFileSync(path.join(nodeBinDir(), '../package.json'), 'utf8')).version;
  } catch (error) {
    if (error.code === 'ENOENT') return null;
    throw error;
  }
}
