import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { bridgeGateway } from '@/scripts/demo/bridge-gateway.mjs';
import { createRepository, startGitHttpServer } from '@/scripts/demo/git-http-server.mjs';
import { startRunningProduct, type AnyonClient } from '@/tests/setup/running-product';
import { commandsIn, stopScenarios, type StopScenario } from '@/tests/setup/stop-scenarios';

/**
 * Goal N4: how long it takes from the call until the state says `stopped` and no process of the run is left, in the middle of everything
 * that a run can be at. A stop after which something is left, or comes back within a second, fails the measurement.
 */
const ROUNDS = 5;
const GOAL_MS = 5_000;

const percentile = (values: readonly number[], part: number): number => values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.ceil(values.length * part) - 1)] ?? Number.NaN;

async function workspaceOf(client: AnyonClient, repositoryUrl: string): Promise<{ id: string; containerId: string }> {
  const { id } = await client.workspaces.create.mutate({ repositoryUrl, name: 'stop' });
  while ((await client.workspaces.byId.query({ workspaceId: id })).status !== 'running') await sleep(100);
  return { id, containerId: execFileSync('docker', ['ps', '--quiet', '--no-trunc', '--filter', `label=anyon.workspace=${id}`], { encoding: 'utf8' }).trim() };
}

async function stopTime(client: AnyonClient, workspace: { id: string; containerId: string }, { name, prompt, permissionMode, isThere }: StopScenario): Promise<number> {
  const { id: runId } = await client.runs.start.mutate({ workspaceId: workspace.id, prompt, ...(permissionMode && { permissionMode }) });
  for (;;) {
    const { status, outBytes } = await client.runs.byId.query({ runId });
    if (isThere({ status, outBytes, commands: commandsIn(workspace.containerId) })) break;
    await sleep(20);
  }
  const asked = performance.now();
  await client.runs.stop.mutate({ runId });
  let status: string;
  do ({ status } = await client.runs.byId.query({ runId }));
  while (status === 'stopping' || status === 'starting' || status === 'running');
  const took = performance.now() - asked;
  const left = commandsIn(workspace.containerId);
  await sleep(1_000);
  const back = commandsIn(workspace.containerId);
  if (status !== 'stopped' || left || back) throw new Error(`${name}: ${status}; left: ${left || 'nothing'}; came back: ${back || 'nothing'}`);
  return took;
}

async function measure(client: AnyonClient, repositoryUrl: string): Promise<void> {
  const workspace = await workspaceOf(client, repositoryUrl);
  const times = new Map<string, number[]>(stopScenarios.map(({ name }) => [name, []]));
  for (let round = 0; round < ROUNDS; round++) {
    for (const scenario of stopScenarios) times.get(scenario.name)?.push(await stopTime(client, workspace, scenario));
  }
  const all = [...times.values()].flat();
  const rows = [...times, ['N4 all of them', all] as const].map(([name, values]) => ({ name, stops: values.length, p50: percentile(values, 0.5), p95: percentile(values, 0.95), goal: GOAL_MS }));
  process.stdout.write('\nstop: from the call until nothing is left, ms\n');
  for (const { name, stops, p50, p95 } of rows) process.stdout.write(`${name.padEnd(80)} ${stops} stops  p50 ${p50.toFixed(0)}  p95 ${p95.toFixed(0)}\n`);
  process.stdout.write(`N4: p95 ${percentile(all, 0.95).toFixed(0)} ms (goal ≤ ${GOAL_MS})\n`);
  const directory = path.resolve(import.meta.dirname, '../../bench-results');
  await mkdir(directory, { recursive: true });
  await writeFile(path.join(directory, 'stop.json'), `${JSON.stringify({ at: new Date().toISOString(), cpus: os.cpus().length, rows, times: Object.fromEntries(times) }, null, 2)}\n`);
  process.stdout.write('\nwritten to bench-results/stop.json\n');
}

const directory = await mkdtemp(path.join(os.tmpdir(), 'anyon-bench-stop-'));
createRepository({ directory, name: 'small', files: { 'README.md': '# Small\n' } });
const git = await startGitHttpServer({ directory, host: await bridgeGateway() });
const product = await startRunningProduct({ env: { ANYON_EGRESS_PRIVATE: new URL(git.url).host } });
try {
  const { client } = await product.signIn();
  await measure(client, `${git.url}/small.git`);
} finally {
  await product.close();
  await git.close();
  await rm(directory, { recursive: true, force: true });
}
