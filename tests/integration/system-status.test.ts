import { afterAll, beforeAll, expect, it } from 'vitest';
import type { SystemCheck } from '@/contract/system-status';
import { createDockerEngine } from '@/server/containers/docker-engine';
import { processState } from '@/server/process-state';
import { systemStatus } from '@/server/system/system-status';
import { openStubDocker, type StubDocker } from '@/tests/fakes/stub-docker';
import { startTestProduct, type TestProduct } from '@/tests/setup/test-product';

/** With an engine that accepts connections and never answers. */
let product: TestProduct;
let stub: StubDocker;

beforeAll(async () => {
  product = await startTestProduct();
  stub = await openStubDocker(() => undefined);
  processState('container-engine', () => createDockerEngine({ host: stub.host }));
});
afterAll(async () => {
  await product.close();
  await stub.close();
});

it('ISO-18 answers within about two seconds while the engine hangs, time after time, and the rest is still judged', async () => {
  for (let time = 0; time < 3; time += 1) {
    const begun = performance.now();
    const { checks } = await systemStatus();
    expect(performance.now() - begun).toBeLessThan(2_600);
    const severity = (name: string): SystemCheck['severity'] | undefined => checks.find((check) => check.name === name)?.severity;
    expect([severity('Docker Engine'), severity('Runtime image'), severity('Network addresses')]).toEqual(['failed', 'failed', 'failed']);
    expect([severity('Database'), severity('Memory'), severity('Disk'), severity('Claude simulator')]).toEqual(['ok', expect.any(String), expect.any(String), 'ok']);
    for (const check of checks) expect(check.fix === null).toBe(check.severity === 'ok');
  }
});
