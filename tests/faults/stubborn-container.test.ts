import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isFinal } from '@/contract/run';
import { requireRunAccess } from '@/server/runs/access';
import { getRun } from '@/server/runs/run-queries';
import { startRun } from '@/server/runs/start-run';
import { stopRun } from '@/server/runs/stop-run';
import { deleteWorkspace } from '@/server/workspaces/delete-workspace';
import { stopWorkspace } from '@/server/workspaces/stop-workspace';
import { whole } from '@/tests/faults/extent';
import { openLifeCycleScene, type LifeCycleScene } from '@/tests/faults/life-cycle-scene';
import { killWorkers, startWorkerProcess } from '@/tests/faults/worker-process';
import { until } from '@/tests/setup/runtime-container';

/** REL-25: what does not want to end, or cannot hear that it should. Bounds are for a busy machine; what is printed is what it took. */
const GONE_WITHIN_MS = 60_000;
/** In a session of its own, with a parent that has ended, deaf to TERM, INT and HUP; two deep. */
const STUBBORN = "setsid bash -c 'trap : TERM INT HUP; (setsid bash -c \\\"trap : TERM INT HUP; while :; do read -t 1 < /dev/zero; done\\\" stubborn-child & ) ; while :; do tail -f /dev/null; done' stubborn-parent & tail -f /dev/null";

let scene: LifeCycleScene;

describe.runIf(whole)('D2-24 REL-25', () => {
  beforeAll(async () => {
    scene = await openLifeCycleScene();
    startWorkerProcess();
  });
  afterAll(async () => {
    await killWorkers();
    await scene?.product.close();
  });

  const docker = (...args: string[]) => execFileSync('docker', args, { encoding: 'utf8' }).trim();
  const running = async (name: string) => {
    const id = await scene.create(name);
    return (await scene.until(id, 'it to run', (row) => row?.status === 'running')) ?? expect.fail('it is gone');
  };

  it('a run whose processes ignore every polite signal and have left their parent ends with all of them', async () => {
    const workspace = await running('stubborn');
    const { id } = await startRun(await scene.access(workspace.id), { prompt: `[[sim:bash cmd="${STUBBORN}"]]` });
    const processes = () => docker('top', workspace.containerId ?? '', '-eo', 'pid,args');
    await until('the stubborn processes', () => /stubborn-parent/.test(processes()) && /stubborn-child/.test(processes()), GONE_WITHIN_MS);
    const asked = Date.now();
    await stopRun(await requireRunAccess(scene.owner, id));
    await until('the run to end', async () => isFinal((await getRun(await requireRunAccess(scene.owner, id))).status), GONE_WITHIN_MS);
    await until('every process to go', () => !/stubborn|claude/.test(processes()), GONE_WITHIN_MS);
    console.info(`a stubborn run was gone after ${((Date.now() - asked) / 1_000).toFixed(1)} s`);
    expect((await getRun(await requireRunAccess(scene.owner, id))).status).toBe('stopped');
    await deleteWorkspace(await scene.access(workspace.id));
    await scene.until(workspace.id, 'it to go', (row) => row === null);
  });

  it.each(['stop', 'delete'] as const)('a workspace whose container is paused can be asked to %s', async (verb) => {
    const workspace = await running(`paused ${verb}`);
    scene.leaveWork(workspace.id, 'kept\n');
    docker('pause', workspace.containerId ?? '');
    const asked = Date.now();
    if (verb === 'stop') await stopWorkspace(await scene.access(workspace.id));
    else await deleteWorkspace(await scene.access(workspace.id));
    await until(`the ${verb}`, async () => ((await scene.row(workspace.id))?.status ?? 'gone') === (verb === 'stop' ? 'stopped' : 'gone'), GONE_WITHIN_MS);
    console.info(`a paused container: ${verb} after ${((Date.now() - asked) / 1_000).toFixed(1)} s`);
    await scene.quiet();
  });
});
