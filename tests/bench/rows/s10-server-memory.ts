import { setTimeout as sleep } from 'node:timers/promises';
import { percentile } from '@/tests/bench/harness/judgement';
import type { BenchRow, BenchRun, Comparison } from '@/tests/bench/row';
import { realCliMemory } from '@/tests/bench/runs/real-cli-memory';
import { buildWriterImage } from '@/tests/bench/runs/writer-image';
import { createWorkspaces } from '@/tests/bench/workspaces/create-workspaces';
import { readingsOfMemory, type MemoryReading } from '@/tests/bench/workspaces/process-memory';
import { openWorkspaceBench, type WorkspaceBench } from '@/tests/bench/workspaces/workspace-bench';

const FEW = 10;
const IDLE = 110;
const LIVE = 50;
/** So long they write before their server is looked at. */
const SETTLE_MS = 30_000;
/** Of a run that is to count as live: two lines of the writer. */
const WRITTEN_BYTES = 600;

/** Starts a run in each and returns when all write; throws when one of them does not. */
async function startWriters({ client }: WorkspaceBench, workspaceIds: readonly string[]): Promise<string[]> {
  const ids = await Promise.all(workspaceIds.map(async (workspaceId) => (await client.runs.start.mutate({ workspaceId, prompt: 'steady' })).id));
  for (const runId of ids) {
    for (;;) {
      const { status, statusReason, outBytes } = await client.runs.byId.query({ runId });
      if (status === 'running' && outBytes > WRITTEN_BYTES) break;
      if (status !== 'queued' && status !== 'starting' && status !== 'running') throw new Error(`A run is ${status}: ${statusReason}`);
      await sleep(200);
    }
  }
  return ids;
}

async function assertStillLive({ client }: WorkspaceBench, runIds: readonly string[]): Promise<void> {
  for (const runId of runIds) {
    const { status } = await client.runs.byId.query({ runId });
    if (status !== 'running') throw new Error(`A run that was to be live is ${status}.`);
  }
}

async function stopRuns({ client }: WorkspaceBench, runIds: readonly string[]): Promise<void> {
  await Promise.all(runIds.map((runId) => client.runs.stop.mutate({ runId })));
  for (const runId of runIds) while ((await client.runs.byId.query({ runId })).status !== 'stopped') await sleep(200);
}

async function measure(bench: BenchRun): Promise<Comparison[]> {
  const { smoke, say } = bench;
  const [few, idle, live] = smoke ? [2, 3, 2] : [FEW, IDLE, LIVE];
  const image = await buildWriterImage(bench);
  const workspaces = await openWorkspaceBench(bench, { ANYON_CLOUD_IMAGE: image });
  const memory = () => readingsOfMemory(workspaces.product, smoke);
  const first = await createWorkspaces(workspaces, few, 'few');
  const withFew = await memory();
  say(`${few} idle: ${withFew.at(-1)?.words}`);
  const more = await createWorkspaces(workspaces, idle - few, 'idle');
  const withIdle = await memory();
  say(`${idle} idle: ${withIdle.at(-1)?.words}`);
  const runIds = await startWriters(workspaces, [...first.ids, ...more.ids].slice(0, live));
  await sleep(smoke ? 1_000 : SETTLE_MS);
  const withLive = await memory();
  await assertStillLive(workspaces, runIds);
  say(`${live} live runs: ${withLive.at(-1)?.words}`);
  await stopRuns(workspaces, runIds);
  const realCli = await realCliMemory(workspaces);

  const least = (readings: readonly MemoryReading[]): number => Math.min(...readings.map(({ total }) => total));
  const perWorkspace = (least(withIdle) - least(withFew)) / (idle - few);
  const totals = withLive.map(({ total }) => total);
  return [
    { name: `the server with ${live} live runs`, unit: 'MB', product: totals, peer: null, goal: { of: 'value', atMost: 350 }, note: withLive.at(-1)?.words ?? '' },
    { name: `the most of it with ${live} live runs`, unit: 'MB', product: [percentile(totals, 1)], peer: null, goal: null },
    { name: `the server with ${few} idle workspaces`, unit: 'MB', product: withFew.map(({ total }) => total), peer: null, goal: null, note: withFew.at(-1)?.words ?? '' },
    { name: 'an idle workspace more', unit: 'MB', product: [perWorkspace], peer: null, goal: { of: 'value', atMost: 0.3 }, note: `from ${few} to ${idle}` },
    { name: 'the container of one real CLI that waits for the API', unit: 'MB', product: [realCli], peer: null, goal: null },
  ];
}

export const row: BenchRow = {
  id: 'S10',
  title: 'memory of the server',
  what: 'How much memory the processes of Anyon take together while 50 runs write, and what each idle workspace adds.',
  how: 'Counted are parent, web, worker, egress proxy and preview gateway, each by its proportional set size (`/proc/<pid>/smaps_rollup`: what it has alone, and its part of what it shares with the others), six times within 18 s; the goal is held against the middle of these. 50 runs in 50 workspaces write 20 lines a second each by the real wrapper and are collected, masked and stored. What an idle workspace adds is the difference between 110 and 10 of them, of the smallest readings, divided by 100.',
  leavesOut: 'Postgres, which takes what it is configured to take; the simulator, which is in nobody’s production; Docker and the kernel; the containers: what a real CLI takes in its own is told without a goal, for it is the CLI’s. Pages that are open in browsers.',
  needs: 'engine',
  measure,
};
