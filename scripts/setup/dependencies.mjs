import { createHash } from 'node:crypto';
import fs from 'node:fs';
import { mendPackages } from './mended-packages.mjs';
import { inProject } from './project.mjs';
import { runOrFail } from './run-command.mjs';

const stamp = () => inProject('node_modules/.anyon-lock-hash');

/** True when node_modules is what package-lock.json says, with what we mend in it. */
export function dependenciesAreCurrent() {
  return fs.existsSync(stamp()) && fs.readFileSync(stamp(), 'utf8') === lockHash();
}

/** Installs exactly what the lock file says. The stamp goes first and comes back last, so a broken attempt is repeated. */
export async function installDependencies(news) {
  const hash = lockHash();
  fs.rmSync(stamp(), { force: true });
  // No package of ours needs its install script (the links of the embedded Postgres are made by us), so none gets to run.
  await runOrFail('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], {
    cwd: inProject(),
    env: { ...process.env, NODE_ENV: 'development' },
    onLine: news,
    failure: 'The packages of package-lock.json could not be installed.',
    fix: 'Check that `npm ping` works and start again. If npm says that the lock file does not fit, run `npm run lock:complete`.',
  });
  mendPackages();
  fs.writeFileSync(stamp(), hash);
}

/**
 * Mends and notes node_modules, where npm has just installed it as the lock file says (docker/app/Dockerfile).
 * @public
 */
export function noteDependencies() {
  mendPackages();
  fs.writeFileSync(stamp(), lockHash());
}

function lockHash() {
  const deciding = ['package-lock.json', 'scripts/setup/mended-packages.mjs'].map((name) => fs.readFileSync(inProject(name)));
  return createHash('sha256').update(Buffer.concat(deciding)).update(process.version.split('.')[0]).digest('hex');
}
