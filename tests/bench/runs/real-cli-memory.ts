import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { WorkspaceBench } from '@/tests/bench/workspaces/workspace-bench';
import { workspaceOfImage } from '@/tests/bench/workspaces/workspace-of-image';

const run = promisify(execFile);
/** The CLI has said what it is and waits for an answer that does not come. */
const SAID_BYTES = 500;

/** MB that all processes of one container take while the real CLI in it waits for the API. The run is stopped afterwards. */
export async function realCliMemory(workspaces: WorkspaceBench): Promise<number> {
  const { client } = workspaces;
  const workspaceId = await workspaceOfImage(workspaces, 'anyon-claude:latest');
  const { id: runId } = await client.runs.start.mutate({ workspaceId, prompt: '[[sim:hang]]' });
  for (;;) {
    const { status, statusReason, outBytes } = await client.runs.byId.query({ runId });
    if (outBytes > SAID_BYTES) break;
    if (status !== 'queued' && status !== 'starting' && status !== 'running') throw new Error(`The run of the real CLI is ${status}: ${statusReason}`);
    await sleep(100);
  }
  const container = (await run('docker', ['ps', '--quiet', '--filter', `label=anyon.workspace=${workspaceId}`])).stdout.trim();
  const [, ...pids] = (await run('docker', ['top', container, '-eo', 'pid'])).stdout.trim().split('\n').map((line) => line.trim());
  const sizes = pids.map((pid) => Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1]));
  await client.runs.stop.mutate({ runId });
  while ((await client.runs.byId.query({ runId })).status !== 'stopped') await sleep(100);
  return sizes.reduce((sum, size) => sum + size, 0) / 1024;
}
