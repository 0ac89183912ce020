import { chmod, chown, lstat, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { containerEngine } from '@/server/containers/container-engine';
import { ensureFirewall } from '@/server/egress/firewall';
import { env } from '@/server/env';
import { AnyonError, describeError } from '@/server/errors';
import { log } from '@/server/log';
import { egressUrl } from '@/server/parent/children';

const LOOK_MS = 10_000;

/**
 * The part of an install that takes root, where Anyon itself runs as another user (docker/compose.yaml, docker/systemd): gives that user its
 * folders once, then keeps the firewall rules in force until `signal`. It listens nowhere and reads nothing that a workspace or a browser sends.
 * While all is well, the file `ready` exists (where one is named).
 */
export async function keepHost(ready: string | undefined, signal: AbortSignal): Promise<void> {
  if (process.getuid?.() !== 0) throw new AnyonError('precondition', 'Folders and firewall rules can be kept by root only.');
  await giveFolders();
  let said: string | null = '';
  while (!signal.aborted) {
    const problem = await keepFirewall();
    if (problem !== said) log()[problem ? 'error' : 'info']({ problem }, problem ? 'host: workspaces are not kept from this machine' : 'host: folders and firewall are in order');
    said = problem;
    if (ready) await (problem ? rm(ready, { force: true }) : writeFile(ready, ''));
    await sleep(LOOK_MS, undefined, { signal }).catch(() => {});
  }
  if (ready) await rm(ready, { force: true });
}

async function keepFirewall(): Promise<string | null> {
  if (env().ANYON_FIREWALL === 'off') return null; // the system check says so
  try {
    return (await ensureFirewall(new URL(egressUrl(await containerEngine().hostGateway())))).problem;
  } catch (error) {
    return describeError(error);
  }
}

/** The folder of everything and that of the runs' secrets; what is to be in them, Anyon makes by itself. */
async function giveFolders(): Promise<void> {
  const { ANYON_DEPLOYMENT_MODE, ANYON_CLOUD_BASE_DIR, ANYON_DOCKER_USER, dataDir, tempDir } = env();
  const folders = [ANYON_DEPLOYMENT_MODE === 'cloud' ? ANYON_CLOUD_BASE_DIR : dataDir, tempDir];
  for (const folder of folders) await giveFolder(folder, ANYON_DOCKER_USER, folders);
}

/** Only a new folder changes hands, one with nothing in it but `known` folders: what is in somebody else's is for a person to decide. */
export async function giveFolder(folder: string, uid: number, known: readonly string[] = []): Promise<void> {
  await mkdir(folder, { recursive: true });
  const found = await lstat(folder);
  if (found.isDirectory() && found.uid === uid) return;
  const isNew = found.isDirectory() && found.uid === 0 && (await readdir(folder)).every((name) => known.includes(path.join(folder, name)));
  if (!isNew) {
    throw new AnyonError('precondition', `${folder} belongs to user ${found.uid}, and Anyon runs as user ${uid}. If it is Anyon's, give it to that user: chown -R ${uid}:${uid} ${folder}. Else name another with ANYON_CLOUD_BASE_DIR, ANYON_DATA_DIR or ANYON_TEMP_DIR.`);
  }
  await chmod(folder, 0o711);
  await chown(folder, uid, uid);
}
