import { mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { MaskedText } from '@/contract/masked-text';
import type { SetupLog } from '@/contract/workspace';
import { workspaceSetupDir } from '@/server/deployment/paths';
import type { WorkspaceAccess } from '@/server/workspaces/access';

/** How much of the end of a set-up script's output is kept. */
export const SETUP_LOG_BYTES = 64 * 1024;

/** Keeps the end of the output, outside the container's reach. It replaces that of the last time. */
export async function keepSetupLog(workspaceId: string, text: MaskedText): Promise<void> {
  await mkdir(workspaceSetupDir(workspaceId), { recursive: true, mode: 0o700 });
  const temporary = `${logFile(workspaceId)}.new`;
  await writeFile(temporary, text, { mode: 0o600 });
  await rename(temporary, logFile(workspaceId));
}

/** The end of what the set-up script said when it last ended, at most 64 KiB; null when it never has. */
export async function readSetupLog(access: WorkspaceAccess): Promise<SetupLog | null> {
  const file = logFile(access.workspace.id);
  try {
    return { text: await readFile(file, 'utf8'), endedAt: (await stat(file)).mtime };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

function logFile(workspaceId: string): string {
  return path.join(workspaceSetupDir(workspaceId), 'log');
}
