import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { removeDockerObjects } from '@/tests/setup/docker-objects';
import { freePorts } from '@/tests/setup/free-ports';
import { layCluster } from '@/tests/setup/lay-cluster';
import { ownInstance } from '@/tests/setup/owned-names';
import { createAnyonClient, signInWithToken } from '@/scripts/demo/anyon-client.mjs';
import { lives } from '@/scripts/setup/process-identity.mjs';

export type AnyonClient = ReturnType<typeof createAnyonClient>;

export interface ProductOptions {
  /** Settings besides those that every test product has (directory, ports, instance): ANYON_CLOUD_IMAGE, DOCKER_HOST, AUTH_GITHUB_ID … */
  env?: Record<string, string>;
  /** Address of this machine under which the product is opened, instead of `localhost`; it then listens on all. */
  host?: string;
  /** Put in front of every command, for example `['nsenter', '--net=…']`. */
  prefix?: readonly string[];
  /** While it is being started: breaks that off, and takes away what there is of it. */
  signal?: AbortSignal | undefined;
}

export interface ProcessIdentity {
  pid: number;
  startTime: string;
}

/** What runs now, by the parent's own status file; a process that ended is absent. */
export interface ProductProcesses {
  parent?: ProcessIdentity;
  web?: ProcessIdentity;
  worker?: ProcessIdentity;
  simulator?: ProcessIdentity;
  egress?: ProcessIdentity;
  preview?: ProcessIdentity;
}

/** The whole product as a person runs it: started by `npm run up`, in its own directory, on its own ports. */
export interface RunningProduct {
  /** Where a browser finds it. */
  origin: string;
  dataDir: string;
  instance: string;
  processes(): ProductProcesses;
  /** A new address `/setup?token=…` that signs in the owner, once. */
  setupAddress(): Promise<string>;
  /** Signs the owner in; `cookie` is the header that a browser would send. */
  signIn(): Promise<{ client: AnyonClient; cookie: string }>;
  /** `npm run up` once more, after something was killed, or with these settings besides; `script` is that of another checkout (tests/setup/next-release.ts). */
  up(settings?: Record<string, string>, script?: string): Promise<void>;
  /** Runs a script of this repository where the product's ports can be reached; resolves with what it printed. */
  node(...args: string[]): Promise<string>;
  /** Ends everything and removes every trace: processes, containers, networks, files. */
  close(): Promise<void>;
}

const LOCK_PATIENCE_MS = 240_000;

/** The folder of one, in the folder for temporary files, with its instance. */
export const RUNNING_PRODUCT = /^anyon-running-(test-[0-9a-f]{8})$/;
/** Starts one. Builds nothing unless the sources changed since the last build; waits while another set-up command runs in this folder. */
export async function startRunningProduct(options: ProductOptions = {}): Promise<RunningProduct> {
  const instance = await ownInstance();
  const directory = path.join(os.tmpdir(), `anyon-running-${instance}`);
  const dataDir = path.join(directory, 'data');
  const [port = 0, postgresPort, simulatorPort, egressPort, previewPort] = await freePorts(5);
  const origin = `http://${options.host ?? 'localhost'}:${port}`;
  const env = {
    ...withoutSettings(process.env),
    ANYON_DATA_DIR: dataDir,
    ANYON_TEMP_DIR: path.join(directory, 'tmp'),
    ANYON_INSTANCE: instance,
    ANYON_PORT: String(port),
    ANYON_POSTGRES_PORT: String(postgresPort),
    ANYON_SIMULATOR_PORT: String(simulatorPort),
    ANYON_EGRESS_PORT: String(egressPort),
    ANYON_PREVIEW_PORT: String(previewPort),
    ...(options.host && { ANYON_HOST: '0.0.0.0', ANYON_URL: origin }),
    ...options.env,
  };
  mkdirSync(directory, { mode: 0o755 }); // Postgres runs as another user and must be able to pass
  const command = (...argv: string[]): Promise<string> => runCommand([...(options.prefix ?? []), ...argv], env);
  const node = (...args: string[]): Promise<string> => command(process.execPath, ...args);

  const setupAddress = async (): Promise<string> => {
    const answer = await node('dist/parent.mjs', 'token');
    if (!/^[\w-]{43}\n$/.test(answer)) throw new Error(`Not a sign-in token and nothing else:\n${answer}`);
    return `${origin}/setup?token=${answer.trim()}`;
  };
  const product: RunningProduct = {
    origin,
    dataDir,
    instance,
    processes: () => readProcesses(dataDir),
    setupAddress,
    signIn: async () => {
      const cookie = await signInWithToken(origin, new URL(await setupAddress()).searchParams.get('token') ?? '');
      return { client: createAnyonClient(origin, cookie), cookie };
    },
    up: (settings, script) => upWhenFree((...args) => runCommand([...(options.prefix ?? []), process.execPath, ...args], { ...env, ...settings }, options.signal), script, options.signal),
    node,
    close: async () => {
      try {
        await node('scripts/down.mjs');
        await removeDockerObjects(instance, (...args) => command('docker', ...args));
        if (process.getuid?.() === 0) await node('dist/parent.mjs', 'firewall', 'remove');
      } finally {
        rmSync(directory, { recursive: true, force: true });
      }
    },
  };
  try {
    layCluster(dataDir);
    await product.up();
  } catch (error) {
    await product.close();
    throw error;
  }
  return product;
}

/** One set-up command at a time may work in a project folder; the others are refused with this sentence. */
async function upWhenFree(node: RunningProduct['node'], script = 'scripts/up.mjs', signal?: AbortSignal): Promise<void> {
  for (const deadline = Date.now() + LOCK_PATIENCE_MS; ; ) {
    signal?.throwIfAborted();
    try {
      await node(script);
      return;
    } catch (error) {
      if (!/is running already \(process/.test(String(error)) || Date.now() > deadline) throw error;
    }
    await sleep(250);
  }
}

function readProcesses(dataDir: string): ProductProcesses {
  const status = JSON.parse(readFileSync(path.join(dataDir, 'parent.json'), 'utf8')) as ProcessIdentity & { children: Record<string, ProcessIdentity> };
  const all = Object.entries({ ...status.children, parent: { pid: status.pid, startTime: status.startTime } });
  return Object.fromEntries(all.filter(([, identity]) => lives(identity)));
}

/** A test product must not inherit the settings of the product that its developer runs. Names of certificates and mirrors stay: they belong to the machine. */
export function withoutSettings(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const kept = ['ANYON_EXTRA_CA_CERTS', 'ANYON_DEBIAN_MIRROR', 'ANYON_BASE_IMAGE'];
  return Object.fromEntries(Object.entries(env).filter(([name]) => kept.includes(name) || !/^(ANYON_|AUTH_|DATABASE_URL$|VITEST|NODE_ENV$|NODE_OPTIONS$)/.test(name))) as NodeJS.ProcessEnv;
}

/** The signal asks it to end, and waits until it has: what was begun is undone by the command itself. */
function runCommand([program = '', ...args]: string[], env: NodeJS.ProcessEnv, signal?: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = execFile(program, args, { env, maxBuffer: 256 * 1024 * 1024 }, (error, stdout, stderr) => {
      signal?.removeEventListener('abort', end);
      if (error) reject(new Error(`${program} ${args.join(' ')} failed (${error.code ?? error.signal}):\n${stdout.slice(-2_000)}${stderr.slice(-2_000)}`));
      else resolve(stdout);
    });
    const end = (): void => void child.kill('SIGTERM');
    signal?.addEventListener('abort', end);
  });
}
