import path from 'node:path';
import { runLogDir, workspaceExchangeDir } from '@/server/deployment/paths';
import type { RunRow } from '@/server/runs/run-status';

/** Where a run's files lie on the VM. */
export interface RunPlace {
  /** Shared with the container; its content is the agent's word, never trusted. Gone when the run is final. */
  exchange: string;
  /** Host only: the masked log and diff, which is what is served. */
  log: string;
}

export function runPlace(run: Pick<RunRow, 'id' | 'workspaceId'>): RunPlace {
  return { exchange: path.join(workspaceExchangeDir(run.workspaceId), run.id), log: runLogDir(run.id) };
}
