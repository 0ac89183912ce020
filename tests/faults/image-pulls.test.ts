import { execFileSync } from 'node:child_process';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createDockerEngine } from '@/server/containers/docker-engine';
import type { ContainerEngine } from '@/server/containers/engine';
import { whole } from '@/tests/faults/extent';
import { startImageRegistry, type ImageRegistry } from '@/tests/faults/image-registry';
import { openLifeCycleScene, type LifeCycleScene } from '@/tests/faults/life-cycle-scene';
import { isSentence } from '@/tests/faults/sentences';
import { killWorkers, startWorkerProcess } from '@/tests/faults/worker-process';
import { until } from '@/tests/setup/runtime-container';

/** An image that has to be fetched, by the real engine from a registry on this machine that fails in its ways. */
let scene: LifeCycleScene;
let registry: ImageRegistry;
let engine: ContainerEngine;

describe.runIf(whole)('D2-14 an image', () => {
  beforeAll(async () => {
    scene = await openLifeCycleScene();
    registry = await startImageRegistry();
    engine = createDockerEngine({ instance: scene.product.instance }); // not before the scene: it reads the environment
    startWorkerProcess();
  });
  afterEach(() => removeImage(registry.reference));
  afterAll(async () => {
    await killWorkers();
    await registry?.close();
    await scene?.product.close();
  });

  const containers = (id: string) => execFileSync('docker', ['ps', '--all', '--quiet', '--filter', `label=anyon.workspace=${id}`], { encoding: 'utf8' });

  it.each([
    ['that is not there', () => registry.absent, 'fine', /manifest unknown|not found/],
    ['whose bytes are not those of its digest', () => registry.reference, 'other', /verification failed|digest|invalid|corrupt/i],
  ] as const)('%s leaves no container behind and says why', async (_what, reference, fault, reason) => {
    registry.be(fault);
    const id = await scene.create('pulled', { image: reference(), recovery: { maxRetries: 0 } }); // its tries, from 5 s later, would begin all of it anew
    const row = await scene.until(id, 'it to say why', (now) => now?.status === 'unhealthy');
    expect(row?.statusReason).toMatch(reason);
    expect(isSentence(row?.statusReason ?? '')).toBe(true);
    expect(containers(id)).toBe('');
    expect(row?.containerId).toBeNull();
    await scene.quiet();
  });

  it('that comes slowly is waited for, with its progress', async () => {
    registry.be('slow');
    const progress: string[] = [];
    await engine.ensureImage(registry.reference, { attempts: 1, onProgress: (line) => progress.push(line) });
    expect(progress.filter((line) => /Downloading/.test(line)).length).toBeGreaterThan(1);
  });

  it('whose pull was cut half-way is fetched whole when the registry is right again', async () => {
    registry.be('cut');
    const pulled = engine.ensureImage(registry.reference, { attempts: 2 });
    await Promise.race([until('its layer to be asked for', () => registry.asked() > 0, 60_000), pulled]);
    registry.be('fine');
    expect((await pulled).reference).toBe(registry.reference);
  });
});

/** Fine when there is none. */
function removeImage(reference: string): void {
  execFileSync('docker', ['rmi', '--force', reference], { stdio: 'ignore' });
}
