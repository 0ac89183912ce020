import fs from 'node:fs';
import { parentStatusFile } from '@/server/deployment/paths';
import { processLives, type ProcessIdentity } from '@/server/deployment/process-identity';

/** What runs, for `npm run up`, `npm run down` and the next parent. Children are named by pid and start time, so that a reused pid is never mistaken. */
export interface ParentStatus {
  pid: number;
  startTime: string;
  /** Which build and settings run; `up` compares it with what it was asked for. */
  release: string;
  url: string;
  port: number;
  children: Record<string, ChildStatus>;
  /** Why the parent ended by itself; null while it runs. */
  failure: string | null;
}

export interface ChildStatus extends ProcessIdentity {
  /** Equal when command, files and settings are the same, so that the process need not be replaced. */
  fingerprint: string;
}

const NOTHING_TO_READ = new Set(['ENOENT', 'ENOTDIR', 'EACCES']);

/** Null when no parent ever ran here, or none that this user may know of: the start says what is wrong with the directory. */
export function readParentStatus(): ParentStatus | null {
  try {
    return JSON.parse(fs.readFileSync(parentStatusFile(), 'utf8')) as ParentStatus;
  } catch (error) {
    if (NOTHING_TO_READ.has((error as NodeJS.ErrnoException).code ?? '')) return null;
    throw error;
  }
}

/** The processes of this install that live now, the parent among them. */
export function ownProcesses(status: ParentStatus | null): number[] {
  return status === null ? [] : [status, ...Object.values(status.children)].filter(processLives).map(({ pid }) => pid);
}

/** Replaces the file at once; readers see the old or the new one, never half. */
export function writeParentStatus(status: ParentStatus): void {
  const file = parentStatusFile();
  const partial = `${file}.${process.pid}`;
  fs.writeFileSync(partial, `${JSON.stringify(status, null, 2)}\n`, { mode: 0o600 });
  fs.renameSync(partial, file);
}
