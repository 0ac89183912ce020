import { sql } from 'drizzle-orm';
import type { SystemCheck } from '@/contract/system-status';
import { openFilesCeiling, tooManyOpenFiles } from '@/server/containers/open-files-ceiling';
import { database } from '@/server/database';
import { bytesInWords } from '@/server/deployment/bytes-in-words';
import { diskQuotaSupport } from '@/server/deployment/disk-quota';
import type { Machine } from '@/server/deployment/machine';
import { env } from '@/server/env';
import { AnyonError } from '@/server/errors';
import { failed, inOrder, warning } from '@/server/system/check';

export function judgeDisk({ disk }: Machine, reserve: number): SystemCheck {
  const detail = `${bytesInWords(disk.available)} of ${bytesInWords(disk.total)} free at ${disk.place}`;
  const fix = 'Free some disk space, or delete workspaces that nobody needs.';
  if (disk.available <= reserve) return failed('Disk', detail, fix);
  return disk.available < 3 * reserve ? warning('Disk', `${detail}: workspaces are refused below ${bytesInWords(reserve, 'up')}.`, fix) : inOrder('Disk', detail);
}

export function judgeMemory({ memory }: Machine, fit: number): SystemCheck {
  const detail = `${bytesInWords(memory.total)}, room in all for about ${fit} ${fit === 1 ? 'workspace' : 'workspaces'} of the default size with a live run`;
  return fit > 0 ? inOrder('Memory', detail) : failed('Memory', detail, 'Use a VM with more memory, or smaller workspaces.');
}

export async function checkOpenFiles(): Promise<SystemCheck[]> {
  return [judgeOpenFiles(env().ANYON_OPEN_FILES, await openFilesCeiling())];
}

export function judgeOpenFiles(wanted: number, ceiling: number | null): SystemCheck {
  if (ceiling === null) return inOrder('Open files', `${wanted} per process. What the engine can give is not to be seen from here.`);
  if (wanted <= ceiling) return inOrder('Open files', `${wanted} per process; the engine can give ${ceiling}.`);
  const { problem, fix } = tooManyOpenFiles(wanted, ceiling);
  return failed('Open files', `No workspace can start: ${problem}`, fix);
}

export async function checkDiskQuota(): Promise<SystemCheck[]> {
  return [judgeDiskQuota(env().ANYON_DISK_QUOTA, await diskQuotaSupport())];
}

export function judgeDiskQuota(mode: 'auto' | 'required' | 'off', { supported, reason }: { supported: boolean; reason: string }): SystemCheck {
  const name = 'Disk limits';
  if (supported) return inOrder(name, `Held by the file system. ${reason}`);
  if (mode === 'off') return warning(name, 'Nobody is held to a disk limit (ANYON_DISK_QUOTA=off): one workspace can fill the disk for all.', 'Remove that setting.');
  const fix = 'Prepare the file system for project quotas (ext4 or xfs), or put the data directory on one that is.';
  if (mode === 'required') return failed(name, `Workspaces with a disk limit cannot start: ${reason}`, fix);
  return warning(name, `The file system cannot hold workspaces to a disk limit; those that have more are stopped once that is measured, every few minutes. ${reason}`, fix);
}

const CLOCK_TOLERANCE_MS = 5_000;

/** Leases and waiting times are judged by the database's clock, and shown by this one's. */
export async function checkDatabaseClock(): Promise<SystemCheck[]> {
  const [row] = await database().execute<{ now: Date | string }>(sql`select now() as now`).catch((cause: unknown) => {
    throw new AnyonError('unavailable', 'The database does not answer.', { cause });
  });
  return [judgeDatabaseClock(Date.parse(String(row?.now)), Date.now())];
}

export function judgeDatabaseClock(theirs: number, ours: number): SystemCheck {
  const offMs = Math.abs(theirs - ours);
  if (offMs <= CLOCK_TOLERANCE_MS) return inOrder('Database', "Answers; its clock and Anyon's agree.");
  return warning('Database', `Its clock is off by ${Math.round(offMs / 1000)} s from Anyon's: times on the pages are wrong, and waiting takes longer or shorter than it says.`, 'Let both machines take their time from the network (`timedatectl set-ntp true`).');
}
