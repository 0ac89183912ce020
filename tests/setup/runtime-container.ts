import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chownSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ERRANDS_MARK, openErrands, type CommandResult, type Errands } from '@/tests/setup/errands';

/** uid and gid of `anyon` in the image. */
const ANYON = 1000;

/** A container of the runtime image with the two directories that the product mounts. */
export interface RuntimeContainer {
  name: string;
  /** Seen as /workspace. */
  files: string;
  /** Seen as /anyon/exchange. */
  exchange: string;
  /** Seen as /anyon/secrets, read-only: one folder for each attempt. */
  secrets: string;
}

/** By the name of the container. */
const errandsOf = new Map<string, Errands>();

export interface ExitReport {
  stage: string;
  exitCode: number | null;
  signal: string | null;
  oomKills: number;
  finishedAt: string;
}

/** Starts one with the product's limits; call `removeRuntimeContainer` afterwards, always. */
export async function startRuntimeContainer(options: { image?: string; memory?: string } = {}): Promise<RuntimeContainer> {
  const directory = mkdtempSync(path.join(os.tmpdir(), 'anyon-test-runtime-'));
  const container = { name: `anyon-test-${randomBytes(6).toString('hex')}`, files: path.join(directory, 'files'), exchange: path.join(directory, 'exchange'), secrets: path.join(directory, 'secrets') };
  for (const folder of [container.files, container.exchange, container.secrets]) {
    mkdirSync(folder);
    chownSync(folder, ANYON, ANYON);
  }
  const memory = options.memory ?? '1g';
  const limits = ['--cap-drop', 'ALL', '--security-opt', 'no-new-privileges', '--pids-limit', '512', '--memory', memory, '--memory-swap', memory];
  const mounts = ['-v', `${container.files}:/workspace`, '-v', `${container.exchange}:/anyon/exchange`, '-v', `${container.secrets}:/anyon/secrets:ro`];
  const started = await docker('run', '-d', '--name', container.name, ...limits, ...mounts, options.image ?? 'anyon-claude:latest');
  if (started.code !== 0) {
    rmSync(directory, { recursive: true, force: true });
    throw new Error(`The runtime container did not start: ${started.stderr}`);
  }
  return container;
}

export async function removeRuntimeContainer(container: RuntimeContainer | undefined): Promise<void> {
  if (!container) return;
  await docker('rm', '-f', '-v', container.name);
  errandsOf.delete(container.name);
  rmSync(path.dirname(container.files), { recursive: true, force: true });
}

/** Runs docker; never throws for an exit code. */
export function docker(...args: string[]): Promise<CommandResult> {
  return new Promise((resolve, reject) => {
    execFile('docker', args, { maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
      if (error && typeof error.code !== 'number') reject(error);
      else resolve({ code: typeof error?.code === 'number' ? error.code : 0, stdout, stderr });
    });
  });
}

/** Runs a command in the container as `anyon`. */
export function inside(container: RuntimeContainer, ...argv: string[]): Promise<CommandResult> {
  const known = errandsOf.get(container.name) ?? openErrands(container.name);
  errandsOf.set(container.name, known);
  return known(argv);
}

/** Runs a shell script in the container and returns what it printed; throws when it fails. */
export async function script(container: RuntimeContainer, text: string): Promise<string> {
  const result = await inside(container, 'bash', '-euc', text);
  if (result.code !== 0) throw new Error(`The script failed with ${result.code}: ${result.stdout}${result.stderr}`);
  return result.stdout;
}

/** Writes the files of an attempt's secrets, as the host does it; returns the folder. */
export function putSecrets(container: RuntimeContainer, attempt: string, files: Record<string, string>): string {
  const folder = path.join(container.secrets, attempt);
  mkdirSync(folder, { mode: 0o700 });
  for (const [name, value] of Object.entries(files)) {
    writeFileSync(path.join(folder, name), value, { mode: 0o400 });
    chownSync(path.join(folder, name), ANYON, ANYON);
  }
  chownSync(folder, ANYON, ANYON);
  return folder;
}

/** Writes the exchange directory of a command, as the host does it; returns its path. A credential is put among the secrets of the same id, as `claude`. */
export function prepareCommand(container: RuntimeContainer, id: string, spec: Record<string, unknown>, contents: { input?: string | Buffer; credential?: string } = {}): string {
  const directory = path.join(container.exchange, id);
  const whole = {
    version: 1,
    argv: ['true'],
    env: {},
    cwd: '/workspace',
    input: contents.input === undefined ? null : 'input.jsonl',
    keepStdinOpen: false,
    closeStdinOn: null,
    credential: null,
    worktree: null,
    instructions: null,
    snapshot: false,
    ...spec,
    ...(spec['credential'] ? { credential: { path: `/anyon/secrets/${id}/claude`, ...spec['credential'] } } : {}),
  };
  mkdirSync(directory, { mode: 0o700 });
  const files: Record<string, string | Buffer> = { 'spec.json': JSON.stringify(whole), 'out.raw': '', 'err.raw': '' };
  if (contents.input !== undefined) files['input.jsonl'] = contents.input;
  if (contents.credential !== undefined) putSecrets(container, id, { claude: contents.credential });
  for (const [name, content] of Object.entries(files)) {
    writeFileSync(path.join(directory, name), content, { mode: 0o600 });
    chownSync(path.join(directory, name), ANYON, ANYON);
  }
  chownSync(directory, ANYON, ANYON);
  return directory;
}

/** `docker exec -d … anyon-run start <id>`. */
export async function startCommand(container: RuntimeContainer, id: string): Promise<void> {
  const result = await docker('exec', '-d', '-u', 'anyon', container.name, 'anyon-run', 'start', id);
  if (result.code !== 0) throw new Error(`The command did not start: ${result.stderr}`);
}

/** Waits for exit.json and returns what it says. */
export async function endOf(container: RuntimeContainer, id: string, timeoutMs = 30_000): Promise<ExitReport> {
  const file = path.join(container.exchange, id, 'exit.json');
  await until(`the end of ${id}`, () => existsSync(file), timeoutMs);
  return JSON.parse(readFileSync(file, 'utf8')) as ExitReport;
}

export async function until(what: string, condition: () => boolean | Promise<boolean>, timeoutMs = 15_000): Promise<void> {
  const started = Date.now();
  while (!(await condition())) {
    const waited = Date.now() - started;
    if (waited > timeoutMs) throw new Error(`Waited ${timeoutMs} ms in vain for ${what}.`);
    await sleep(Math.min(100, 15 + waited / 50)); // to look all the time would take a good part of a processor from what is waited for
  }
}

/** Text of a file in the exchange directory. */
export function exchanged(container: RuntimeContainer, id: string, name: string): string {
  return readFileSync(path.join(container.exchange, id, name), 'utf8');
}

/**
 * Nothing that still lives is left in the container, and what has ended is taken away by its first process within 5 s: the end of a command may be told before that.
 * Throws with what is left.
 */
export async function assertNothingLeft(container: RuntimeContainer): Promise<void> {
  const livesOn = (await processesOf(container)).filter((line) => !line.endsWith(' <defunct>'));
  if (livesOn.length > 0) throw new Error(`Processes left by the test: ${livesOn.join(', ')}`);
  await until('ended processes to be taken away', async () => (await processesOf(container)).length === 0, 5_000);
}

/** Processes of the container without its first two (tini, sleep) and what carries the errands out, as `args` of each. */
export async function processesOf(container: RuntimeContainer): Promise<string[]> {
  const { stdout } = await inside(container, 'ps', '-eo', 'pid=,args=');
  return stdout
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('1 ') && !/ (sleep infinity|ps -eo .*)$/.test(line) && !line.endsWith(` ${ERRANDS_MARK}`));
}
