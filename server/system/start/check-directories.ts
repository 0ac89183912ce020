import { access, constants, lstat, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import type { SystemCheck } from '@/contract/system-status';
import { wantedDirectories, type WantedDirectory } from '@/server/deployment/directories';
import { nearestFolder } from '@/server/deployment/nearest-folder';
import { secretKeyFile } from '@/server/deployment/paths';
import { foreignPlace } from '@/server/deployment/place-mark';
import { env } from '@/server/env';
import { failed, inOrder, warning } from '@/server/system/check';
import { judgePlace, missingDisk, type SeenPlace } from '@/server/system/start/judge-place';
import { userName } from '@/server/system/start/check-socket';

const NAME = 'Directories';

/** Whether Anyon can have its folders where the settings say. Makes nothing. `unknown` are variables whose value is wrong: what they decide is not looked at. */
export async function checkDirectories(unknown: ReadonlySet<string> = new Set()): Promise<SystemCheck[]> {
  const wanted = [...wantedDirectories(), { path: env().tempDir, mode: 0o711, variable: 'ANYON_TEMP_DIR', shared: true } as const].filter(({ variable }) => !unknown.has(variable));
  const asker = { uid: process.getuid?.() ?? 0, name: userName() };
  const seen = await Promise.all(wanted.map(async (one) => judgePlace(await lookAtPlace(one.path), one, asker)));
  const foreign = unknown.has('ANYON_WORKTREE_DIR') || unknown.has('ANYON_DATA_DIR') ? null : await foreignPlace();
  const problems = [...withoutRepetition(seen.filter((check) => check !== null)), ...(foreign ? [failed('Folder of the workspaces', foreign.problem, foreign.fix)] : [])];
  if (problems.length > 0) return problems;
  const open = await findOpen(wanted);
  const { dataDir, workspacesDir, assetDir } = env();
  const elsewhere = [...(path.dirname(workspacesDir) === dataDir ? [] : [`; workspaces at ${workspacesDir}`]), ...(assetDir === dataDir ? [] : [`; logs of runs and kept work at ${assetDir}`])].join('');
  return [open ?? inOrder(NAME, `Data at ${dataDir}${elsewhere}`)];
}

/** A folder that cannot be made keeps those in it from being made: said once. */
function withoutRepetition(checks: readonly SystemCheck[]): SystemCheck[] {
  return checks.filter(({ name }) => !checks.some((other) => other.name !== name && name.startsWith(`${other.name}/`)));
}

async function lookAtPlace(place: string): Promise<SeenPlace> {
  const nearest = await nearestFolder(place);
  const next = path.join(nearest, path.relative(nearest, place).split('/')[0] ?? '');
  const [found, blocked, refusal, fstab, mountinfo] = await Promise.all([
    stat(nearest),
    next === nearest ? null : lstat(next).then(() => next, () => null),
    access(nearest, constants.W_OK | constants.X_OK).then(() => null, (error: NodeJS.ErrnoException) => error.code ?? error.message),
    readFile('/etc/fstab', 'utf8').catch(() => ''),
    readFile('/proc/self/mountinfo', 'utf8').catch(() => ''),
  ]);
  const points = new Set(mountinfo.split('\n').flatMap((line) => line.split(' ')[4] ?? []));
  const owner = { uid: found.uid, name: found.uid === 0 ? 'root' : `user ${found.uid}` };
  return { path: place, nearest, owner, blockedBy: blocked, refusal, missingDisk: missingDisk(place, fstab, points) };
}

/** A folder that is there and that others may enter or change though Anyon made it for itself alone; the next start puts it right. */
async function findOpen(wanted: readonly WantedDirectory[]): Promise<SystemCheck | null> {
  for (const { path: place, mode, shared } of wanted) {
    const bits = await lstat(place).then((found) => found.mode & 0o777, () => mode);
    if (!shared && (bits & ~mode) !== 0) return warning(NAME, `Others may use ${place}: its mode is ${bits.toString(8)}, and not ${mode.toString(8)}. ${path.dirname(secretKeyFile()) === place ? 'The key that opens every secret lies in it.' : ''}`.trim(), `Run \`chmod ${mode.toString(8)} ${place}\`.`);
  }
  return null;
}
