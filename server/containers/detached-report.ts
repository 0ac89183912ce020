import path from 'node:path';
import { z } from 'zod';
import { describeError, isAnyonError } from '@/server/errors';
import { detachedFiles } from '@/server/containers/detached-folder';
import { openRegularFile } from '@/server/containers/regular-file';

const maxReportBytes = 64 * 1024;

const pidShape = z.object({ pid: z.number().int().positive(), startTime: z.string().min(1), startedAt: z.iso.datetime() });

/** The process in the container's own numbering; `startTime` (field 22 of /proc/<pid>/stat) tells a reused number apart. */
export type DetachedPid = z.infer<typeof pidShape>;

const exitShape = z.object({
  stage: z.enum(['worktree', 'command']),
  exitCode: z.int32().nullable(),
  signal: z.string().regex(/^[A-Z0-9+-]{1,20}$/).nullable(),
  oomKills: z.number().int().nonnegative(),
  finishedAt: z.iso.datetime(),
});

/** How a detached command ended, by its wrapper's word (the container can write it too: a claim, not proof). */
export interface DetachedExit {
  /** `worktree`: the command was never run, because its worktree could not be made; the reason is in err.raw. */
  stage: 'worktree' | 'command';
  exitCode: number | null;
  signal: string | null;
  oomKills: number;
  finishedAt: string | null;
  /** Why the report cannot be believed, as a sentence; everything else then says nothing. Null for a good one. */
  problem: string | null;
}

/** What the wrapper wrote when the command began; null before that, and for a file that is not as it should be (a hint only). Never throws. */
export async function readPid(directory: string): Promise<DetachedPid | null> {
  const report = await readReport(path.join(directory, detachedFiles.pid), pidShape);
  return report.state === 'read' ? report.value : null;
}

/** The last thing the wrapper writes; null while there is none. Never throws. */
export async function readExit(directory: string): Promise<DetachedExit | null> {
  const report = await readReport(path.join(directory, detachedFiles.exit), exitShape);
  if (report.state === 'absent') return null;
  if (report.state === 'read') return { ...report.value, problem: null };
  return { stage: 'command', exitCode: null, signal: null, oomKills: 0, finishedAt: null, problem: report.reason };
}

type Report<T> = { state: 'absent' } | { state: 'unreadable'; reason: string } | { state: 'read'; value: T };

async function readReport<T>(file: string, shape: z.ZodType<T>): Promise<Report<T>> {
  try {
    const text = await readBounded(file);
    if (text === null) return { state: 'unreadable', reason: `${path.basename(file)} is larger than 64 KiB.` };
    const result = shape.safeParse(JSON.parse(text));
    if (result.success) return { state: 'read', value: result.data };
    return { state: 'unreadable', reason: `${path.basename(file)} does not have the expected fields (${result.error.issues[0]?.path.join('.') ?? ''}).` };
  } catch (error) {
    if (isAnyonError(error) && error.kind === 'not_found') return { state: 'absent' };
    if (error instanceof SyntaxError) return { state: 'unreadable', reason: `${path.basename(file)} is not valid JSON.` };
    return { state: 'unreadable', reason: describeError(error) };
  }
}

/** Null when there is more than a report can be. Reads what is there, not what the size says: the file may change meanwhile. */
async function readBounded(file: string): Promise<string | null> {
  const handle = await openRegularFile(file);
  try {
    const buffer = Buffer.alloc(maxReportBytes + 1);
    let filled = 0;
    while (filled < buffer.length) {
      const { bytesRead } = await handle.read(buffer, filled, buffer.length - filled, filled);
      if (bytesRead === 0) break;
      filled += bytesRead;
    }
    return filled > maxReportBytes ? null : buffer.toString('utf8', 0, filled);
  } finally {
    await handle.close();
  }
}
