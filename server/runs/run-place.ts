import path from 'node:path';
import { runLogDir, workspaceExchangeDir } from '@/server/deployment/paths';
import type { RunRow } from '@/server/runs/run-status';

/** Where a run's files lie on the VM. */
export interface RunPlace {
  /** Of the present attempt. Shared with the container; its content is the agent's word, never trusted. Gone when the attempt is over. */
  exchange: string;
  /** Host only: the masked log and diff, which is what is served. */
  log: string;
}

export function runPlace(run: Pick<RunRow, 'id' | 'workspaceId' | 'attempt'>): RunPlace {
  return { exchange: path.join(workspaceExchangeDir(run.workspaceId), attemptId(run)), log: runLogDir(run.id) };
}

/** What a start of Claude Code for the run is called: its command in the container, its exchange directory, its secrets. */
export function attemptId({ id, attempt }: Pick<RunRow, 'id' | 'attempt'>): string {
  return attempt === 1 ? id : `${id}-${attempt}`;
}
