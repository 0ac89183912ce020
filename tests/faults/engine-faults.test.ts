import { appendFileSync } from 'node:fs';
import { desc, eq } from 'drizzle-orm';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { tasks } from '@/db/schema';
import { database } from '@/server/database';
import { startDockerFaultProxy, type DockerFaultProxy, type FaultKind } from '@/tests/faults/docker-fault-proxy';
import { engineOperations, type EngineOperation, type OperationName } from '@/tests/faults/engine-operations';
import { openLifeCycleScene, type LifeCycleScene } from '@/tests/faults/life-cycle-scene';
import { killWorkers, startWorkerProcess } from '@/tests/faults/worker-process';

let scene: LifeCycleScene;
let proxy: DockerFaultProxy;
beforeAll(async () => {
  scene = await openLifeCycleScene();
  proxy = await startDockerFaultProxy();
});
afterAll(async () => {
  await killWorkers();
  await proxy?.close();
  await scene?.product.close();
});

const kinds: Record<string, FaultKind> = {
  lost: 'lost', 500: { status: 500 }, 409: { status: 409 }, 404: { status: 404 }, garbage: 'garbage', cut: 'cut', hang: { hangMs: 3000 }, full: { status: 500, message: 'write /var/lib/docker: no space left on device' },
};

describe.each(['create', 'start', 'restart', 'stop', 'archive', 'delete'] as OperationName[])('%s', (name) => {
  it('explore', async () => {
    const operation = engineOperations(scene)[name];
    startWorkerProcess({ DOCKER_HOST: proxy.address });
    let subject: string | null = null;
    // record
    subject = await operation.prepare(subject);
    await sleep(3000);
    let from = proxy.requests.length;
    subject = await operation.ask(subject);
    await scene.until(subject, 'success', (row) => operation.succeeded(row));
    await scene.quiet();
    const recorded = proxy.requests.slice(from);
    const seen = new Map<string, number>();
    const calls = recorded.map((call) => { seen.set(call, (seen.get(call) ?? 0) + 1); return { call, nth: seen.get(call)! }; });
    console.log(name, calls.length, calls.map((c) => `${c.call} #${c.nth}`).join('\n'));
    if (!process.env['EXPLORE']) return;
    const out: string[] = [];
    for (const { call, nth } of calls) for (const [kindName, kind] of Object.entries(kinds)) {
      if (process.env['KIND'] && process.env['KIND'] !== kindName) continue;
      try {
        proxy.arm();
        subject = await operation.prepare(subject);
        proxy.arm({ call, nth, kind });
        const t = Date.now();
        subject = await operation.ask(subject);
        const begun = Date.now();
        while (proxy.struck() === 0 && Date.now() - begun < 5000) await sleep(20);
        while (proxy.hanging() > 0) await sleep(20);
        let line = '';
        const s = await scene.quiet().catch((e) => { line = ' NOTQUIET ' + String(e); return 99; });
        const row = await scene.row(subject);
        const [task] = await database().select().from(tasks).where(eq(tasks.workspaceId, subject)).orderBy(desc(tasks.fence)).limit(1);
        const ok = operation.succeeded(row);
        line = `${name} ${call} #${nth} ${kindName}: struck ${proxy.struck()} ${((Date.now() - t) / 1000).toFixed(1)}s ${ok ? 'ok' : 'FAILED'} row ${row?.status}: ${row?.statusReason} task ${task?.kind} ${task?.status}: ${task?.statusReason} lost ${operation.lostWork(subject, ok)}` + line;
        appendFileSync(`/tmp/helper-i/explore-${name}.txt`, line + '\n'); out.push(line);
      } catch (e) { appendFileSync(`/tmp/helper-i/explore-${name}.txt`, `${name} ${call} #${nth} ${kindName} EXCEPTION ${String(e)}\n`); subject = null; }
    }
  }, 6000000);
});
