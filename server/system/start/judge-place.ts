import type { SystemCheck } from '@/contract/system-status';
import type { WantedDirectory } from '@/server/deployment/directories';
import { isWithin } from '@/server/place-settings';
import { failed } from '@/server/system/check';

/** What is at a place where Anyon wants a folder. */
export interface SeenPlace {
  path: string;
  /** The folder itself, or the nearest above it that is there. */
  nearest: string;
  owner: { uid: number; name: string };
  /** Something that is no folder is in the way. */
  blockedBy: string | null;
  /** Code of the failure to write to `nearest`; null when that can be written. */
  refusal: string | null;
  /** Where a disk of /etc/fstab belongs that is not mounted and on which the place would be. */
  missingDisk: string | null;
}

export interface Asker {
  uid: number;
  name: string;
}

/** Why Anyon cannot have its folder there, with what to do; null when it can. */
export function judgePlace(seen: SeenPlace, { variable, shared }: Pick<WantedDirectory, 'variable' | 'shared'>, asker: Asker): SystemCheck | null {
  const { path, nearest, owner, blockedBy, refusal, missingDisk } = seen;
  const name = `Directory ${path}`;
  const elsewhere = `name another with ${variable}`;
  if (missingDisk !== null) return failed(name, `The disk for ${missingDisk} is not mounted (it is in /etc/fstab), so ${path} would begin anew on another one.`, `Run \`sudo mount ${missingDisk}\`, or ${elsewhere}.`);
  if (blockedBy !== null) return failed(name, `${path} cannot be made: ${blockedBy} is not a directory.`, `Move it away, or ${elsewhere}.`);
  if (refusal === 'EROFS') return failed(name, `${path} cannot be written: the file system is read-only.`, `Mount it for writing, or ${elsewhere}.`);
  const there = nearest === path;
  if (there && asker.uid !== 0 && owner.uid !== asker.uid && (!shared || refusal !== null)) return failed(name, `${path} belongs to ${owner.name}, and Anyon runs as ${asker.name}.`, `Run \`sudo chown -R ${asker.uid} ${path}\` if it is Anyon's, or ${elsewhere}.`);
  if (refusal === null) return null;
  if (there) return failed(name, `${path} cannot be written by ${asker.name} (${refusal}).`, `Run \`sudo chown -R ${asker.uid} ${path} && chmod u+rwx ${path}\`, or ${elsewhere}.`);
  return failed(name, `${path} cannot be made: ${nearest} belongs to ${owner.name}, and Anyon runs as ${asker.name}.`, `Run \`sudo install -d -o ${asker.uid} -m 700 ${path}\`, or ${elsewhere}.`);
}

/** The mount point of /etc/fstab that `place` lies below and where nothing is mounted; null when there is none. */
export function missingDisk(place: string, fstab: string, mountPoints: ReadonlySet<string>): string | null {
  const wanted = fstab.split('\n').map((line) => line.trim()).filter((line) => line !== '' && !line.startsWith('#')).map((line) => unescape(line.split(/\s+/)[1] ?? ''));
  return wanted.find((point) => point.startsWith('/') && point !== '/' && isWithin(point, place) && !mountPoints.has(point.replace(/\/+$/, ''))) ?? null;
}

/** As in /proc/mounts, a space is written \040. */
function unescape(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_match, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}
