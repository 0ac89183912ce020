import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { workspaceFilesDir } from '@/server/deployment/paths';
import type { JournalEntry, LastLook } from '@/tests/faults/history/history';

/** What the machine says in the end: containers by the engine, executions by the files of the workspaces that are left. */
export function lookAtMachine(instance: string, entries: readonly JournalEntry[]): LastLook {
  const runs = entries.filter(({ table, change }) => table === 'runs' && change === 'made');
  const left = runs.filter(({ workspaceId }) => existsSync(workspaceFilesDir(workspaceId ?? '')));
  return { type: 'end', containers: ownContainers(instance), executions: Object.fromEntries(left.map((run) => [run.id, timesCarriedOut(run)])) };
}

function timesCarriedOut({ workspaceId, more }: JournalEntry): number {
  const file = path.join(workspaceFilesDir(workspaceId ?? ''), 'executions');
  const mark = /mark-\S+-(?= )/.exec(String(more['prompt']))?.[0] ?? '';
  return existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter((line) => line === mark).length : 0;
}

function ownContainers(instance: string): LastLook['containers'] {
  const lines = execFileSync('docker', ['ps', '--all', '--filter', `label=anyon.instance=${instance}`, '--format', '{{.Label "anyon.workspace"}}\t{{.State}}'], { encoding: 'utf8' });
  return lines.split('\n').filter(Boolean).map((line) => {
    const [workspaceId = '', state = ''] = line.split('\t');
    return { workspaceId, state };
  });
}
