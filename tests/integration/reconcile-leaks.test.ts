import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Actor } from '@/contract/actor';
import { createWorkspaceInput } from '@/contract/workspace';
import { containerEngine } from '@/server/containers/container-engine';
import { secretsDir } from '@/server/deployment/paths';
import { bridgePrefix } from '@/server/egress/workspace-network';
import { env } from '@/server/env';
import { startRun } from '@/server/runs/start-run';
import { requireWorkspaceAccess } from '@/server/workspaces/access';
import { createWorkspace } from '@/server/workspaces/create-workspace';
import { deleteWorkspace } from '@/server/workspaces/delete-workspace';
import { reconcile } from '@/server/workspaces/reconcile/reconcile';
import { startWorkspace } from '@/server/workspaces/start-workspace';
import { getWorkspace, listWorkspaces } from '@/server/workspaces/workspace-queries';
import { faultSeed } from '@/tests/faults/fault-scene';
import { randomNumbers } from '@/tests/faults/generator/random-numbers.mjs';
import { killWorkers, startWorkerProcess } from '@/tests/faults/worker-process';
import { until } from '@/tests/setup/runtime-container';
import { startTestProduct, type TestProduct } from '@/tests/setup/test-product';

const WORKSPACES = 6;
const KILLS = 8;

let product: TestProduct;
let owner: Actor;

beforeAll(async () => {
  product = await startTestProduct();
  owner = await product.addUser('owner', 'admin');
});

afterAll(async () => {
  await killWorkers();
  await product?.close();
});

/** Everything on this machine that workspaces of this install bring with them, by kind. */
function snapshot(): Record<string, string[]> {
  const docker = (...args: string[]) => execFileSync('docker', [...args, '--filter', `label=anyon.instance=${product.instance}`], { encoding: 'utf8' }).split('\n').filter(Boolean);
  const directory = (...parts: string[]) => (existsSync(path.join(...parts)) ? readdirSync(path.join(...parts)) : []);
  return {
    containers: docker('ps', '--all', '--format', '{{.Names}}'),
    networks: docker('network', 'ls', '--format', '{{.Name}}'),
    volumes: docker('volume', 'ls', '--format', '{{.Name}}'),
    files: directory(env().dataDir, 'workspaces'),
    logs: directory(env().dataDir, 'runs'),
    // The install itself notes there that it uses the place, from its first secret to `npm run down`.
    secrets: directory(secretsDir()).filter((name) => !name.startsWith('.install-')),
    bridges: readdirSync('/sys/class/net').filter((name) => name.startsWith(bridgePrefix())),
  };
}

it('ISO-13 nothing of workspaces is left when they have been made, used and deleted while the worker was killed again and again', async () => {
  const seed = faultSeed();
  const random = randomNumbers(seed);
  const repositoryUrl = product.addRepository('plain', { 'README.md': '# Plain\n' });
  const before = snapshot();
  let worker = startWorkerProcess();
  const killAgain = async (times: number) => {
    for (let time = 0; time < times; time += 1) {
      await sleep(1_500 + random() * 3_000);
      await worker.kill();
      worker = startWorkerProcess();
    }
  };

  const ids: string[] = [];
  for (let index = 0; index < WORKSPACES; index += 1) {
    const input = createWorkspaceInput.parse({ repositoryUrl, limits: { memoryBytes: 512 * 1024 ** 2, cpus: 1 }, recovery: { backoffSeconds: 1, maxRetries: 20 } });
    ids.push((await createWorkspace(owner, input)).id);
  }
  await killAgain(KILLS / 2);
  const view = async (id: string) => getWorkspace(await requireWorkspaceAccess(owner, id));
  for (const id of ids.slice(0, 3)) {
    await until('a workspace', async () => {
      const { status, task } = await view(id);
      // Three kills in the middle of one task park it, as they should; a person asks again.
      if (status === 'unhealthy' && !task) await startWorkspace(await requireWorkspaceAccess(owner, id));
      return status === 'running';
    }, 90_000);
    await startRun(await requireWorkspaceAccess(owner, id), { prompt: '[[sim:bash cmd="tail -f /dev/null"]]' });
  }
  for (const id of ids) await deleteWorkspace(await requireWorkspaceAccess(owner, id));
  await killAgain(KILLS / 2);
  await until('all to be gone', async () => {
    const list = await listWorkspaces(owner);
    for (const { id, status, task } of list) if (status === 'unhealthy' && !task) await deleteWorkspace(await requireWorkspaceAccess(owner, id));
    return list.length === 0;
  }, 90_000);

  const left = snapshot();
  const report = await reconcile(containerEngine(), { cause: 'command', dryRun: false, directories: true, ages: { directoryMs: 0, unknownSecretMs: 0 } });
  expect(snapshot()).toEqual(before);
  const found = report.differences.filter(({ action }) => action !== 'leave').map(({ object, name }) => `${object} ${name}`);
  console.info(`${WORKSPACES} workspaces, ${KILLS} kills (seed ${seed}): left before the last look: ${found.join(', ') || 'nothing'}; ${JSON.stringify(Object.fromEntries(Object.entries(left).map(([kind, names]) => [kind, names.length])))}`);
}, 300_000);
