import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { installPackages } from '@/scripts/setup/apt.mjs';
import { extraCertificates, writeCertificates } from '@/scripts/setup/ca-certificates.mjs';
import { root } from '@/tests/house/house';
import { freePorts } from '@/tests/setup/free-ports';
import { removeDockerObjects } from '@/tests/setup/docker-objects';
import { ownInstance } from '@/tests/setup/owned-names';

/** docker/compose.yaml on this machine's engine: a project, an instance, ports and folders of its own. */
export interface ComposeStack {
  origin: string;
  instance: string;
  baseDir: string;
  tempDir: string;
  /** Everything that is random in the settings file and must not be seen anywhere else. */
  secrets: string[];
  /** `docker compose <args>` with this stack's files; resolves with what it printed. */
  compose(...args: string[]): Promise<string>;
  /** Resolves with what `docker <args>` printed. */
  docker(...args: string[]): Promise<string>;
  /** Id of a service's container; empty when there is none. */
  container(service: string): Promise<string>;
  untilHealthy(service: string): Promise<void>;
  /** Takes every trace away; images stay, for their layers are the next test's cache. */
  close(): Promise<void>;
}

/** Names that no other test and no install uses; the layers below them are shared. */
const IMAGES = { ANYON_IMAGE: 'anyon-test-compose:app', ANYON_CLOUD_IMAGE: 'anyon-test-compose:claude', POSTGRES_IMAGE: 'anyon-test-compose:postgres' };
const LEFT_OUT = new Set(['.git', '.next', '.tools', 'node_modules', 'docs', 'tests', 'test-results', 'bench-results']);
const HEALTHY_MS = 180_000;

/** Lays the stack out, with settings as docker/new-env.sh makes them and `settings` over them. Starts nothing but what makes the image of Postgres. */
export async function layComposeStack(settings: Record<string, string>): Promise<ComposeStack> {
  const program = await composeProgram();
  const instance = await ownInstance();
  const directory = mkdtempSync(path.join(os.tmpdir(), `anyon-compose-`));
  const [baseDir, tempDir, source] = [path.join(directory, 'base'), path.join(directory, 'run'), path.join(directory, 'source')];
  layOutSources(source);
  const [port = 0, postgresPort, simulatorPort, egressPort, previewPort] = await freePorts(5);
  const origin = `http://localhost:${port}`;
  const file = path.join(directory, 'anyon.env');
  await run('sh', [path.join(source, 'docker/new-env.sh'), origin, file]);
  const ports = { ANYON_PORT: port, ANYON_POSTGRES_PORT: postgresPort, ANYON_SIMULATOR_PORT: simulatorPort, ANYON_EGRESS_PORT: egressPort, ANYON_PREVIEW_PORT: previewPort };
  const written = changeSettings(file, { COMPOSE_PROJECT_NAME: instance, ANYON_INSTANCE: instance, ANYON_CLOUD_BASE_DIR: baseDir, ANYON_TEMP_DIR: tempDir, ...ports, ...IMAGES, ...settings });
  // As /run is on a machine with systemd.
  mkdirSync(tempDir);
  await run('mount', ['-t', 'tmpfs', '-o', 'nosuid,nodev,noexec,size=64m,mode=0755', 'tmpfs', tempDir]);

  const environment = { PATH: process.env['PATH'], HOME: directory, DOCKER_BUILDKIT: '0', COMPOSE_DOCKER_CLI_BUILD: '0' };
  const compose = (...args: string[]): Promise<string> => run(program[0] ?? '', [...program.slice(1), '--env-file', file, '-f', path.join(source, 'docker/compose.yaml'), ...args], environment);
  const docker = (...args: string[]): Promise<string> => run('docker', args, environment);
  const container = async (service: string): Promise<string> => (await docker('ps', '--all', '--quiet', '--no-trunc', '--filter', `label=com.docker.compose.project=${instance}`, '--filter', `label=com.docker.compose.service=${service}`)).trim();
  await docker('build', '--tag', IMAGES.POSTGRES_IMAGE, path.join(source, 'docker/postgres'));
  return {
    origin,
    instance,
    baseDir,
    tempDir,
    secrets: ['ANYON_SECRET_KEY', 'AUTH_SECRET', 'ANYON_POSTGRES_PASSWORD'].map((name) => written[name] ?? ''),
    compose,
    docker,
    container,
    untilHealthy: async (service) => {
      for (const deadline = Date.now() + HEALTHY_MS; ; await sleep(250)) {
        const health = await docker('inspect', '--format', '{{.State.Health.Status}}', await container(service)).catch(() => '');
        if (health.trim() === 'healthy') return;
        if (Date.now() > deadline) throw new Error(`${service} is ${health.trim() || 'absent'}:\n${await compose('logs', '--tail', '60')}`);
      }
    },
    close: async () => {
      await compose('stop', 'keeper', 'anyon').catch(() => {});
      await compose('run', '--rm', '--no-deps', 'keeper', 'node', '/anyon/dist/parent.mjs', 'firewall', 'remove').catch(() => {});
      await compose('down', '--volumes', '--timeout', '5').catch(() => {});
      await removeDockerObjects(instance, docker);
      await run('umount', [tempDir]).catch(() => {});
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** Compose 2 where the engine has it, else docker-compose 1.29 of the distribution. */
async function composeProgram(): Promise<string[]> {
  if (await run('docker', ['compose', 'version']).then(() => true, () => false)) return ['docker', 'compose'];
  if (!existsSync('/usr/bin/docker-compose')) await installPackages(['docker-compose'], 'docker-compose, with which docker/compose.yaml is tested,', () => {});
  return ['docker-compose'];
}

/** The tree as a person has it who has just cloned it, with the certificates of this machine where the images take them from. */
function layOutSources(target: string): void {
  mkdirSync(target);
  for (const name of readdirSync(root)) if (!LEFT_OUT.has(name) && !name.endsWith('.tsbuildinfo')) cpSync(path.join(root, name), path.join(target, name), { recursive: true, verbatimSymlinks: true });
  // `npm test` has built dist/ already: where that is what the sources say, the image takes it (docker/app/build.mjs).
  const ignored = path.join(target, '.dockerignore');
  writeFileSync(ignored, readFileSync(ignored, 'utf8').replace(/^dist\n/m, ''));
  const certificates = extraCertificates(process.env['ANYON_EXTRA_CA_CERTS'] ?? '');
  for (const folder of ['docker/claude-code/ca', 'docker/postgres/ca']) writeCertificates(certificates, path.join(target, folder));
}

function changeSettings(file: string, changes: Record<string, string | number | undefined>): Record<string, string> {
  const lines = readFileSync(file, 'utf8').split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  const settings = Object.fromEntries([...lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)] as const), ...Object.entries(changes).map(([name, value]) => [name, String(value)] as const)]);
  writeFileSync(file, Object.entries(settings).map(([name, value]) => `${name}=${value}\n`).join(''));
  return settings;
}

function run(program: string, args: readonly string[], env: Record<string, string | undefined> = { PATH: process.env['PATH'] }): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(program, args, { env: env as NodeJS.ProcessEnv, maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
      if (error) reject(new Error(`${program} ${args.join(' ')} failed (${error.code ?? error.signal}):\n${stdout.slice(-3_000)}${stderr.slice(-3_000)}`));
      else resolve(stdout);
    });
  });
}
