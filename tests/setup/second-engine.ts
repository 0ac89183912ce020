import { execFile, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { once } from 'node:events';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { stopEngineProcesses } from '@/scripts/setup/engine-processes.mjs';
import { lives, programOf } from '@/scripts/setup/process-identity.mjs';
import { openNamespace } from '@/tests/setup/namespace';

const run = promisify(execFile);
const scripts = path.resolve('scripts/setup/engine-processes.mjs');

type Daemon = 'dockerd' | 'containerd';

const COMPILERS = ['usr/lib/gcc', 'usr/include', 'usr/share/doc', 'usr/bin/gh', 'usr/bin/*-lto-dump-*'];
const CLAUDE_CODE = 'usr/local/lib/node_modules';

/**
 * A whole Docker engine of its own beside the machine's, which may be killed: own containerd, own directories, own network
 * namespace (two engines in one would take away each other's bridge). A pair of interfaces joins the namespace with this host. Needs root.
 */
export interface SecondEngine {
  /** For DOCKER_HOST. */
  address: string;
  /** This host as processes and containers of the engine's namespace see it, and the namespace as this host sees it. */
  hostAddress: string;
  namespaceAddress: string;
  /** Put in front of a command, it runs in the engine's namespace. */
  prefix: readonly string[];
  /** Brings an image of the machine's engine over; what is left out is most of it. */
  load(image: string, options?: { leaveOut?: 'compilers' | 'compilers and Claude Code' }): Promise<void>;
  /** SIGKILL; returns when they are gone. Containers go on. */
  kill(...daemons: Daemon[]): Promise<void>;
  /** SIGSTOP to dockerd: it accepts connections and never answers. Containers go on. */
  hang(): void;
  /** SIGCONT: it answers again. */
  goOn(): void;
  /** Starts what was killed; returns when the engine answers. */
  start(): Promise<void>;
  close(): Promise<void>;
}

/** `engineArguments` are given to dockerd beside its own. */
export async function startSecondEngine(engineArguments: readonly string[] = []): Promise<SecondEngine> {
  const directory = mkdtempSync(path.join(os.tmpdir(), 'anyon-second-engine-'));
  const network = await openNamespace();
  const inside = (name: string): string => path.join(directory, name);
  const address = `unix://${inside('docker.sock')}`;
  const record = inside('engine.json');
  const engine: SecondEngine = {
    address,
    ...network,
    load: (image, { leaveOut } = {}) => copyImage(image, address, [...(leaveOut ? COMPILERS : []), ...(leaveOut === 'compilers and Claude Code' ? [CLAUDE_CODE] : [])]),
    kill: (...daemons) => killDaemons(record, daemons),
    hang: () => void process.kill(pidOf(record, 'dockerd'), 'SIGSTOP'),
    goOn: () => void process.kill(pidOf(record, 'dockerd'), 'SIGCONT'),
    start: async () => {
      const program = `const { startEngineProcesses } = await import(${JSON.stringify(scripts)}); await startEngineProcesses(${JSON.stringify(layoutIn(inside, engineArguments))}, ${JSON.stringify(record)}, ${JSON.stringify(directory)});`;
      await run('nsenter', [...network.prefix.slice(1), process.execPath, '--input-type=module', '--eval', program]);
    },
    close: async () => {
      await stopEngineProcesses(record);
      await network.close();
      await unmountBelow(directory);
      rmSync(directory, { recursive: true, force: true });
    },
  };
  try {
    await engine.start();
  } catch (error) {
    await engine.close();
    throw error;
  }
  return engine;
}

function layoutIn(inside: (name: string) => string, engineArguments: readonly string[]): object {
  return {
    socket: inside('docker.sock'),
    pidFile: inside('docker.pid'),
    containerdSocket: inside('containerd.sock'),
    containerdArguments: ['--root', inside('containerd-root'), '--state', inside('containerd-state')],
    extraArguments: ['--data-root', inside('data'), '--exec-root', inside('exec'), ...engineArguments],
  };
}

/** As one layer without history: several times quicker than `docker save` and `docker load`. */
async function copyImage(image: string, address: string, without: readonly string[]): Promise<void> {
  const { stdout: config } = await run('docker', ['image', 'inspect', '--format', '{{json .Config}}', image]);
  const { Env, Entrypoint, Cmd, User, WorkingDir } = JSON.parse(config) as { Env: string[]; Entrypoint: string[]; Cmd: string[]; User: string; WorkingDir: string };
  const changes = [`USER ${User}`, `WORKDIR ${WorkingDir}`, `ENTRYPOINT ${JSON.stringify(Entrypoint)}`, `CMD ${JSON.stringify(Cmd)}`, ...Env.map((pair) => `ENV ${pair}`)];
  const { stdout: created } = await run('docker', ['create', image]);
  const container = created.trim();
  try {
    const source = spawn('docker', ['export', container], { stdio: ['ignore', 'pipe', 'inherit'] });
    const filter = spawn('tar', ['--delete', '--file=-', '--wildcards', ...without], { stdio: ['pipe', 'pipe', 'inherit'] });
    const target = spawn('docker', ['--host', address, 'import', ...changes.flatMap((change) => ['--change', change]), '-', image], { stdio: ['pipe', 'ignore', 'inherit'] });
    source.stdout.pipe(filter.stdin);
    filter.stdout.pipe(target.stdin);
    const codes = await Promise.all([source, filter, target].map(async (child) => (await once(child, 'close'))[0] as number));
    if (codes.some((code) => code !== 0)) throw new Error(`The image ${image} could not be brought to the second engine (${codes.join(', ')}).`);
  } finally {
    await run('docker', ['rm', container]);
  }
}

function pidOf(record: string, daemon: Daemon): number {
  const { pid } = (JSON.parse(readFileSync(record, 'utf8')) as Record<Daemon, { pid: number }>)[daemon];
  if (programOf(pid) !== daemon) throw new Error(`${daemon} does not run.`);
  return pid;
}

async function killDaemons(record: string, daemons: Daemon[]): Promise<void> {
  const processes = JSON.parse(readFileSync(record, 'utf8')) as Record<Daemon, { pid: number; startTime: string }>;
  for (const daemon of daemons) {
    if (programOf(processes[daemon].pid) !== daemon) throw new Error(`${daemon} does not run.`);
    process.kill(processes[daemon].pid, 'SIGKILL');
  }
  for (const daemon of daemons) while (lives(processes[daemon])) await new Promise((resolve) => setTimeout(resolve, 10));
}

/** A killed engine leaves its directory and its containers' file systems mounted. */
async function unmountBelow(directory: string): Promise<void> {
  const mounts = readFileSync('/proc/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[1] ?? '')
    .filter((target) => target.startsWith(`${directory}/`));
  for (const target of mounts.toReversed()) await run('umount', ['--lazy', target]);
}
