import { execFileSync } from 'node:child_process';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { deleteWorkspace } from '@/server/workspaces/delete-workspace';
import { startDockerFaultProxy, type DockerFaultProxy } from '@/tests/faults/docker-fault-proxy';
import { whole } from '@/tests/faults/extent';
import { openLifeCycleScene, type LifeCycleScene } from '@/tests/faults/life-cycle-scene';
import type { Tampering } from '@/tests/faults/tampered-events';
import { killWorkers, startWorkerProcess } from '@/tests/faults/worker-process';
import { until } from '@/tests/setup/runtime-container';

/** REL-29: what the engine tells of its containers is a hint. Told not at all, twice or in the wrong order, it comes to the same in the end, if later. */
const RIGHT_WITHIN_MS = 120_000;
const tamperings: [Tampering, string][] = [['double', 'are told twice'], ['reverse', 'come in the wrong order'], ['drop', 'never come']];

let scene: LifeCycleScene;
let proxy: DockerFaultProxy;

describe.runIf(whole)('D2-18 REL-29 events of the engine that', () => {
  beforeAll(async () => {
    scene = await openLifeCycleScene();
    proxy = await startDockerFaultProxy();
  });
  afterEach(() => killWorkers());
  afterAll(async () => {
    await proxy?.close();
    await scene?.product.close();
  });

  it.each(tamperings)('%s (they %s): a container that ends comes back once, with its files', async (tampering) => {
    proxy.tamper(tampering);
    startWorkerProcess({ DOCKER_HOST: proxy.address });
    const id = await scene.create(`events ${tampering}`, { recovery: { backoffSeconds: 1 } });
    const first = await scene.until(id, 'it to run', (row) => row?.status === 'running');
    const startedAt = first?.containerStartedAt?.getTime();
    scene.leaveWork(id, 'kept\n');
    execFileSync('docker', ['kill', first?.containerId ?? '']);
    const killed = Date.now();
    await until('it to run again', async () => {
      const row = await scene.row(id);
      return row?.status === 'running' && row.containerStartedAt?.getTime() !== startedAt;
    }, RIGHT_WITHIN_MS);
    console.info(`events that are ${tampering}: running again after ${((Date.now() - killed) / 1_000).toFixed(1)} s`);
    await scene.quiet();
    expect(await scene.row(id)).toMatchObject({ status: 'running', statusReason: null, recoveryAttempts: 1 });
    expect(execFileSync('docker', ['inspect', '--format', '{{.State.Running}}', first?.containerId ?? ''], { encoding: 'utf8' }).trim()).toBe('true');
    await deleteWorkspace(await scene.access(id));
    await until('it to go', async () => (await scene.row(id)) === null, RIGHT_WITHIN_MS);
    await scene.quiet();
  });
});
