import { execFile, execFileSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { installPackages } from '@/scripts/setup/apt.mjs';
import { extraCertificates, writeCertificates } from '@/scripts/setup/ca-certificates.mjs';
import { root } from '@/tests/house/house';
import { freePorts, neighbouringPorts } from '@/tests/setup/free-ports';
import { ownInstance } from '@/tests/setup/owned-names';

/** docker-compose.dev.yml out of a copy of the sources, on this machine's engine: a project, an instance, ports and folders of its own. */
export interface DevEnvironment {
  project: string;
  origin: string;
  simulator: string;
  /** Of the web process; the worker's is the port above. */
  debuggerPort: number;
  dataDir: string;
  tempDir: string;
  /** `make <target>`; resolves with what it printed. `input` is what is typed. */
  make(target: string, options?: { given?: string[]; input?: string }): Promise<string>;
  docker(...args: string[]): Promise<string>;
  /** Replaces one text in a file of the copy; it must be there. */
  change(file: string, before: string, after: string): void;
  close(): Promise<void>;
}

/** Names that no install uses; the layers below them are the next test's cache. */
const IMAGES = { POSTGRES_IMAGE: 'anyon-test-dev:postgres', COLLECTOR_IMAGE: 'anyon-test-dev:collector' };

export async function layDevEnvironment(): Promise<DevEnvironment> {
  for (const [program, name] of [['/usr/bin/make', 'make'], ['/usr/bin/docker-compose', 'docker-compose']] as const) {
    if (!existsSync(program)) await installPackages([name], `${name}, with which the development environment is tested,`, () => {});
  }
  const project = await ownInstance();
  const directory = mkdtempSync(path.join(os.tmpdir(), 'anyon-dev-'));
  chmodSync(directory, 0o711);
  const source = path.join(directory, 'source');
  copySources(source);
  const [port, preview, postgres, simulator, egress, collector] = await freePorts(6);
  const [web = 0] = await neighbouringPorts(2); // the worker's debugger is the one above
  const [dataDir, tempDir] = [path.join(directory, 'data'), `/dev/shm/${project}`];
  const ports = { ANYON_PORT: port, ANYON_PREVIEW_PORT: preview, ANYON_INSPECT: `127.0.0.1:${web}`, ANYON_POSTGRES_PORT: postgres, ANYON_SIMULATOR_PORT: simulator, ANYON_EGRESS_PORT: egress, COLLECTOR_PORT: collector };
  const settings = { COMPOSE_PROJECT_NAME: project, ANYON_INSTANCE: project, ANYON_DATA_DIR: dataDir, ANYON_TEMP_DIR: tempDir, REGISTRY: 'none', ...ports, ...IMAGES };
  const given = Object.entries(settings).map(([name, value]) => `${name}=${value}`);
  const environment = { PATH: process.env['PATH'], HOME: directory, DOCKER_BUILDKIT: '0', COMPOSE_DOCKER_CLI_BUILD: '0' };
  const docker = (...args: string[]): Promise<string> => run('docker', args, environment, source);
  const make: DevEnvironment['make'] = (target, options = {}) => run('make', [target, ...given, ...(options.given ?? [])], environment, source, options.input);
  return {
    project,
    origin: `http://localhost:${port}`,
    simulator: `http://127.0.0.1:${simulator}`,
    debuggerPort: web,
    dataDir,
    tempDir,
    make,
    docker,
    change: (file, before, after) => {
      const text = readFileSync(path.join(source, file), 'utf8');
      if (!text.includes(before)) throw new Error(`${file} does not say "${before}".`);
      writeFileSync(path.join(source, file), text.replace(before, after));
    },
    close: async () => {
      const left = (await docker('ps', '--all', '--quiet', '--filter', `label=com.docker.compose.project=${project}`)).trim();
      if (left !== '') await make('docker-dev-clean');
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** What git knows or would take, as it is now, with the certificates of this machine where the images take them from. */
function copySources(target: string): void {
  mkdirSync(target);
  const files = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], { cwd: root, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 }).split('\0').filter((file) => file !== '' && existsSync(path.join(root, file)));
  for (const file of files) {
    mkdirSync(path.join(target, path.dirname(file)), { recursive: true });
    cpSync(path.join(root, file), path.join(target, file), { verbatimSymlinks: true });
  }
  const certificates = extraCertificates(process.env['ANYON_EXTRA_CA_CERTS'] ?? '');
  for (const folder of ['docker/claude-code/ca', 'docker/postgres/ca']) writeCertificates(certificates, path.join(target, folder));
}

function run(program: string, args: readonly string[], env: Record<string, string | undefined>, cwd: string, input = ''): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = execFile(program, args, { env: env as NodeJS.ProcessEnv, cwd, maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
      if (error) reject(new Error(`${program} ${args[0]} failed (${error.code ?? error.signal}):\n${stdout.slice(-3_000)}${stderr.slice(-3_000)}`));
      else resolve(stdout);
    });
    child.stdin?.end(input);
  });
}
