import { createHash } from 'node:crypto';
import { chmod, lstat, mkdir, readdir, readFile, realpath, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { env } from '@/server/env';
import { AnyonError, describeError } from '@/server/errors';
import { mountOf } from '@/server/deployment/mounts';
import { secretsDir } from '@/server/deployment/paths';
import { runProgram } from '@/server/deployment/run-program';

/** Names in cloud-secrets that begin so are no workspace's. One for each install that uses the place, by the name of its data directory. */
const INSTALL_PREFIX = '.install-';
/** Lies below the memory file system: who sees it looks at the disk, because the mount is gone. */
const NOT_MOUNTED = '.not-mounted';
/** The device by which `npm run down` knows the mount as ours (scripts/setup/secrets-place.mjs). */
const DEVICE = 'anyon-secrets';
const SIZE = '64m';

const memoryTypes: ReadonlySet<string> = new Set(['tmpfs', 'ramfs']);

/** Where files are made complete before they move to where a container sees them. Nobody but Anyon may enter. */
export function secretsStagingDir(): string {
  return path.join(secretsDir(), `${INSTALL_PREFIX}${createHash('sha256').update(env().dataDir).digest('hex').slice(0, 12)}`);
}

/**
 * Makes sure of cloud-secrets and this install's mark in it. Throws `precondition` when somebody else could put something in its
 * place, or when the memory file system that was there has gone.
 */
export async function ensureSecretsDir(): Promise<void> {
  await ensureFolder();
  await assertMounted();
  await ownFolder(secretsStagingDir(), 0o700);
}

async function ensureFolder(): Promise<void> {
  const { tempDir } = env();
  try {
    await mkdir(tempDir, { recursive: true, mode: 0o711 });
    await assertNobodyElsesFolder(tempDir);
    await ownFolder(secretsDir(), 0o700);
  } catch (cause) {
    if (cause instanceof AnyonError) throw cause;
    throw new AnyonError('precondition', `The folder for secrets, ${secretsDir()}, cannot be made or used. Give it to the user that runs Anyon, or name another with ANYON_TEMP_DIR.`, { cause });
  }
}

/** The default lies in /tmp, where everybody may make a folder of that name first. */
async function assertNobodyElsesFolder(folder: string): Promise<void> {
  const { uid, mode } = await stat(folder);
  const trusted = uid === 0 || uid === process.getuid?.();
  const closed = (mode & 0o022) === 0 || (mode & 0o1000) !== 0;
  if (!trusted || !closed) throw new AnyonError('precondition', `Other users of this machine may write to ${folder}, so no secret is put there. Name a folder of your own with ANYON_TEMP_DIR, or remove it if nobody needs it.`);
}

async function ownFolder(folder: string, mode: number): Promise<void> {
  await mkdir(folder, { recursive: true, mode });
  const found = await lstat(folder);
  if (!found.isDirectory() || found.uid !== process.getuid?.()) throw new AnyonError('precondition', `${folder} belongs to somebody else or is no folder, so no secret is put there. Remove it, or name another place with ANYON_TEMP_DIR.`);
  if ((found.mode & 0o7777) !== mode) await chmod(folder, mode);
}

async function assertMounted(): Promise<void> {
  if (!(await exists(path.join(secretsDir(), NOT_MOUNTED)))) return;
  throw new AnyonError('precondition', `The memory file system for secrets at ${secretsDir()} was unmounted, and no secret is written to the disk. Run \`npm run up\` again.`);
}

/**
 * Puts cloud-secrets into memory, where nothing outlives the machine: a file system that is there is taken as it is, else root
 * mounts one. Returns why not when it stays on the disk, or when the place cannot be used at all; each run finds that out for itself.
 */
export async function mountSecretsMemory(): Promise<{ problem: string | null }> {
  try {
    await ensureFolder();
    const problem = (await isInMemory()) ? null : await mountMemory(secretsDir());
    await ensureSecretsDir();
    return { problem };
  } catch (error) {
    return { problem: describeError(error) };
  }
}

async function mountMemory(place: string): Promise<string | null> {
  const mark = path.join(place, NOT_MOUNTED);
  await rm(mark, { force: true });
  if (process.getuid?.() !== 0) return 'only root can mount a memory file system';
  if (await holdsSecrets(place)) return 'a run still has secrets on the disk; the next `npm run up` after it takes the place into memory';
  await writeFile(mark, '', { mode: 0o400 });
  const usual = `nosuid,nodev,noexec,mode=0700,size=${SIZE}`;
  // Kernels before 6.4 do not know noswap.
  for (const options of [`${usual},noswap`, usual]) {
    const { exitCode, stderr } = await runProgram('mount', ['-t', 'tmpfs', '-o', options, DEVICE, place]);
    if (exitCode === 0) return null;
    if (options === usual) {
      await rm(mark, { force: true });
      return stderr.trim().split('\n')[0] || `mount ended with ${exitCode}`;
    }
  }
  return null;
}

async function holdsSecrets(place: string): Promise<boolean> {
  const folders = (await readdir(place, { withFileTypes: true })).filter((entry) => entry.isDirectory());
  const inside = await Promise.all(folders.map(({ name }) => readdir(path.join(place, name), { withFileTypes: true })));
  return inside.flat().some((entry) => entry.isDirectory());
}

/** True when what is written to cloud-secrets stays in memory. */
export async function isInMemory(): Promise<boolean> {
  const mount = mountOf(await readFile('/proc/self/mountinfo', 'utf8').catch(() => ''), await realpath(secretsDir()));
  return mount !== null && memoryTypes.has(mount.type);
}

/** True when no other install keeps secrets there: then whatever nobody here knows is nobody's. */
export async function hasSecretsDirAlone(): Promise<boolean> {
  const names = await readdir(secretsDir());
  return !names.some((name) => name.startsWith(INSTALL_PREFIX) && name !== path.basename(secretsStagingDir()));
}

/** True for names in cloud-secrets that are Anyon's own and no workspace's. */
export function isOwnName(name: string): boolean {
  return name.startsWith(INSTALL_PREFIX) || name === NOT_MOUNTED;
}

async function exists(file: string): Promise<boolean> {
  return lstat(file).then(() => true, () => false);
}
