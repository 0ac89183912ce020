import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { setTimeout as sleep } from 'node:timers/promises';
import { percentile } from '@/tests/bench/harness/judgement';
import type { BenchRow, BenchRun, Comparison } from '@/tests/bench/row';
import { openWorkspaceBench } from '@/tests/bench/workspaces/workspace-bench';
import type { AnyonClient } from '@/tests/setup/running-product';
import { commandsIn, stopScenarios, type StopScenario } from '@/tests/setup/stop-scenarios';

const ROUNDS = 5;
const GOAL_MS = 5_000;
/** A run that does not come to the moment of its scenario, or a stop that does not end, is a failure. */
const WITHIN_MS = 120_000;

interface Workspace {
  id: string;
  containerId: string;
}

async function until<T>(what: string, look: () => Promise<T | null>): Promise<T> {
  for (const deadline = Date.now() + WITHIN_MS; Date.now() < deadline; await sleep(20)) {
    const found = await look();
    if (found !== null) return found;
  }
  throw new Error(`${what} did not come within ${WITHIN_MS / 1000} s.`);
}

async function workspaceOf(client: AnyonClient, repositoryUrl: string): Promise<Workspace> {
  const { id } = await client.workspaces.create.mutate({ repositoryUrl, name: 'stop' });
  await until('The workspace', async () => ((await client.workspaces.byId.query({ workspaceId: id })).status === 'running' ? true : null));
  const { stdout } = await promisify(execFile)('docker', ['ps', '--quiet', '--no-trunc', '--filter', `label=anyon.workspace=${id}`]);
  return { id, containerId: stdout.trim() };
}

/** Milliseconds from the call until the state is final; throws when a process of the run is left, or back within a second. */
async function stopTime(client: AnyonClient, workspace: Workspace, { name, prompt, permissionMode, isThere }: StopScenario): Promise<number> {
  const { id: runId } = await client.runs.start.mutate({ workspaceId: workspace.id, prompt, ...(permissionMode && { permissionMode }) });
  await until(`“${name}”`, async () => {
    const { status, outBytes } = await client.runs.byId.query({ runId });
    return isThere({ status, outBytes, commands: commandsIn(workspace.containerId) }) ? true : null;
  });
  const asked = performance.now();
  await client.runs.stop.mutate({ runId });
  const status = await until('The end of the stop', async () => {
    const run = await client.runs.byId.query({ runId });
    return ['stopping', 'starting', 'running'].includes(run.status) ? null : run.status;
  });
  const took = performance.now() - asked;
  const left = commandsIn(workspace.containerId);
  await sleep(1_000);
  const back = commandsIn(workspace.containerId);
  if (status !== 'stopped' || left || back) throw new Error(`${name}: ${status}; left: ${left || 'nothing'}; came back: ${back || 'nothing'}`);
  return took;
}

async function measure(bench: BenchRun): Promise<Comparison[]> {
  const { client, repositoryUrl } = await openWorkspaceBench(bench);
  const workspace = await workspaceOf(client, repositoryUrl);
  const scenarios = bench.smoke ? stopScenarios.slice(0, 2) : stopScenarios;
  const times = new Map<string, number[]>(scenarios.map(({ name }) => [name, []]));
  for (let round = 0; round < (bench.smoke ? 1 : ROUNDS); round++) {
    for (const scenario of scenarios) times.get(scenario.name)?.push(await stopTime(client, workspace, scenario));
    bench.say(`round ${round + 1}: ${[...times.values()].map((values) => `${((values.at(-1) ?? 0) / 1000).toFixed(1)} s`).join(', ')}`);
  }
  const all = [...times.values()].flat();
  return [
    { name: `p95 of ${all.length} stops`, unit: 'ms', product: [percentile(all, 0.95)], peer: null, goal: { of: 'value', atMost: GOAL_MS } },
    ...[...times].map(([name, values]): Comparison => ({ name, unit: 'ms', product: values, peer: null, goal: null })),
  ];
}

export const row: BenchRow = {
  id: 'N4',
  title: 'a stop that is proven',
  what: 'How long a stop takes: from the call until the state of the run is final and no process of it is left, in the middle of everything that a run can be at.',
  how: 'The whole product, started as people start it, with the real Claude Code CLI against the simulator. Five stops in each of six moments: while it starts, while it streams a text, while Bash runs children in sessions of their own that ignore signals, while the network is stuck, while it waits for an answer, and when Claude Code itself has been halted. The processes in the container are listed after each stop and again a second later: one that is left or has come back fails the measurement.',
  leavesOut: 'There is no peer: a bare `docker kill` ends the container with the work in it, which a stop here keeps. Stops come one after the other.',
  needs: 'engine',
  measure,
};
