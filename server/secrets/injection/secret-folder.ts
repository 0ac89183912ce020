import { randomBytes } from 'node:crypto';
import { chmod, chown, lstat, mkdir, open, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { env } from '@/server/env';
import { AnyonError } from '@/server/errors';
import { attemptSecretsDir, workspaceSecretsDir } from '@/server/deployment/paths';
import { ensureSecretsDir, secretsStagingDir } from '@/server/deployment/secrets-place';
import { processState } from '@/server/process-state';
import { checkFileNames, type SecretFile } from '@/server/secrets/injection/secret-file';

/** Holds a random text that the container shows us, as proof that it sees this very folder and not one that was here before. */
export const PLACE_MARK = '.place';

export const WORKSPACE_FOLDER_MODE = 0o711;
export const FOLDER_MODE = 0o700;
export const FILE_MODE = 0o400;

interface Place {
  workspaceId: string;
  attempt: string;
}

/** Uid and gid of who reads the files: the container's user. */
export function secretsOwner(): { uid: number; gid: number } {
  const uid = env().ANYON_DOCKER_USER;
  return { uid, gid: uid };
}

/** Makes sure of the folder that is mounted into the workspace's container. It may be gone: a memory file system does not survive the machine. */
export async function ensureWorkspaceSecretsDir(workspaceId: string): Promise<void> {
  await ensureSecretsDir();
  const folder = workspaceSecretsDir(workspaceId);
  if ((await lstat(folder).catch(() => null))?.isDirectory() === false) await rm(folder);
  await mkdir(folder, { recursive: true, mode: WORKSPACE_FOLDER_MODE });
  await chmod(folder, WORKSPACE_FOLDER_MODE);
  if (await readPlaceMark(workspaceId)) return;
  const staged = path.join(secretsStagingDir(), randomBytes(12).toString('hex'));
  await writeFile(staged, randomBytes(16).toString('hex'), { mode: 0o444, flag: 'wx' });
  await chmod(staged, 0o444);
  await rename(staged, path.join(folder, PLACE_MARK));
}

/** Null when there is none. */
export async function readPlaceMark(workspaceId: string): Promise<string | null> {
  return readFile(path.join(workspaceSecretsDir(workspaceId), PLACE_MARK), 'utf8').catch(() => null);
}

/** True for what this process is writing at this moment; anything else that is staged was left by one that died. */
export function isBeingStaged(name: string): boolean {
  return staged().has(name);
}

function staged(): Set<string> {
  return processState('staged-secrets', () => new Set<string>());
}

/**
 * Puts the files in place, all at once: made complete beside the mounted folder, where no container can look, and then moved in.
 * What was there under that name is replaced. Throws `precondition` when they cannot be given to the container's user.
 */
export async function placeSecretFiles({ workspaceId, attempt }: Place, files: readonly SecretFile[]): Promise<void> {
  checkFileNames(files);
  await ensureWorkspaceSecretsDir(workspaceId);
  const name = randomBytes(12).toString('hex');
  const folder = path.join(secretsStagingDir(), name);
  const old = `${folder}-old`;
  for (const one of [name, `${name}-old`]) staged().add(one);
  try {
    await fill(folder, files);
    const target = attemptSecretsDir(workspaceId, attempt);
    await rename(target, old).catch(ignoreAbsence);
    await rename(folder, target);
  } catch (error) {
    throw translate(error);
  } finally {
    for (const one of [folder, old]) await rm(one, { recursive: true, force: true });
    for (const one of [name, `${name}-old`]) staged().delete(one);
  }
}

async function fill(folder: string, files: readonly SecretFile[]): Promise<void> {
  await mkdir(folder, { mode: FOLDER_MODE });
  const hasVariables = files.some(({ name }) => name.startsWith('env/'));
  if (hasVariables) await mkdir(path.join(folder, 'env'), { mode: FOLDER_MODE });
  for (const { name, value } of files) await writeSecret(path.join(folder, name), value);
  for (const one of hasVariables ? [path.join(folder, 'env'), folder] : [folder]) await give(one, FOLDER_MODE);
}

async function writeSecret(file: string, value: string): Promise<void> {
  const handle = await open(file, 'wx', 0o600);
  try {
    await handle.writeFile(value);
  } finally {
    await handle.close();
  }
  await give(file, FILE_MODE);
}

async function give(file: string, mode: number): Promise<void> {
  await chmod(file, mode);
  const { uid, gid } = secretsOwner();
  if (process.getuid?.() !== uid || process.getgid?.() !== gid) await chown(file, uid, gid);
}

/** What has been put in place for commands of the workspace. */
export async function attemptsIn(workspaceId: string): Promise<string[]> {
  const names = await readdir(workspaceSecretsDir(workspaceId)).catch((error: unknown) => (isAbsence(error) ? [] : Promise.reject(error)));
  return names.filter((name) => name !== PLACE_MARK);
}

/** Takes the attempt's folder away; absent is fine. What lies there instead of a folder goes as well; a link is never followed. */
export async function removeSecretFolder({ workspaceId, attempt }: Place): Promise<void> {
  await rm(attemptSecretsDir(workspaceId, attempt), { recursive: true, force: true });
}

/** Takes one file of an attempt away; absent is fine. */
export async function removeSecretFile({ workspaceId, attempt }: Place, name: string): Promise<void> {
  checkFileNames([{ name }]);
  await rm(path.join(attemptSecretsDir(workspaceId, attempt), name), { force: true });
}

/** Takes away everything that the workspace's container could see of secrets, and the place itself. */
export async function removeWorkspaceSecrets(workspaceId: string): Promise<void> {
  await rm(workspaceSecretsDir(workspaceId), { recursive: true, force: true });
}

function ignoreAbsence(error: unknown): void {
  if (!isAbsence(error)) throw error;
}

function isAbsence(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ENOENT';
}

function translate(cause: unknown): unknown {
  const code = (cause as NodeJS.ErrnoException).code;
  if (cause instanceof AnyonError || code === undefined) return cause;
  if (code === 'EPERM') return new AnyonError('precondition', "Secrets cannot be given to the container's user. Run Anyon as root, or set ANYON_DOCKER_USER to the uid it runs as.", { cause });
  if (code === 'ENOSPC' || code === 'EDQUOT') return new AnyonError('limit_reached', 'There is no room left for secrets of further runs. Wait until a run has ended.', { cause });
  return new AnyonError('unavailable', `The secrets could not be put in place (${code}).`, { cause });
}
