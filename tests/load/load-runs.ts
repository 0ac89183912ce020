import { setTimeout as sleep } from 'node:timers/promises';
import { isFinal } from '@/contract/run';
import type { OwnedWorkspace } from '@/tests/load/load-workspaces';

export interface LoadRun extends OwnedWorkspace {
  runId: string;
  /** Carried out by the real CLI, or by the metronome. */
  by: 'cli' | 'metronome';
}

const PATIENCE_MS = 10 * 60_000;
/** One turn of the CLI: a minute of lines. */
const TURN_SECONDS = 60;

/** Starts a run in each of the first workspaces, that write for `seconds`; the CLI's are spread among them. Returns when every one writes. */
export async function startRuns(workspaces: readonly OwnedWorkspace[], load: { runs: number; cli: number; linesPerSecond: number; seconds: number }, say: (line: string) => void): Promise<LoadRun[]> {
  const runs: LoadRun[] = [];
  for (const [index, workspace] of workspaces.slice(0, load.runs).entries()) {
    const by = Math.floor(((index + 1) * load.cli) / load.runs) > Math.floor((index * load.cli) / load.runs) ? 'cli' : 'metronome';
    const { id: runId } = await workspace.owner.client.runs.start.mutate({ workspaceId: workspace.id, ...(by === 'cli' ? { prompt: clockPrompt(load) } : { prompt: 'Write line after line.', model: `metronome-${load.linesPerSecond}-${load.seconds}` }) });
    runs.push({ ...workspace, runId, by });
  }
  const deadline = Date.now() + PATIENCE_MS;
  for (const [index, run] of runs.entries()) {
    await untilItWrites(run, deadline);
    if ((index + 1) % 10 === 0 || index + 1 === runs.length) say(`runs that write: ${index + 1} of ${runs.length}`);
  }
  return runs;
}

/** The states that the runs are in, with how many. A run that is over before the load is has failed. */
export async function statesOf(runs: readonly LoadRun[]): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { owner, runId } of runs) {
    const { status } = await owner.client.runs.byId.query({ runId });
    counts[status] = (counts[status] ?? 0) + 1;
  }
  return counts;
}

/** Stops them all and waits until they are; the stop is part of what has to hold under load. */
export async function stopRuns(runs: readonly LoadRun[]): Promise<void> {
  await Promise.all(runs.map(({ owner, runId }) => owner.client.runs.stop.mutate({ runId })));
  const deadline = Date.now() + PATIENCE_MS;
  for (const { owner, runId } of runs) {
    while (!isFinal((await owner.client.runs.byId.query({ runId })).status)) {
      if (Date.now() > deadline) throw new Error('A run of the load does not stop.');
      await sleep(500);
    }
  }
}

/** What the simulator makes lines of, each with the time at which it was sent to the CLI. */
function clockPrompt({ linesPerSecond, seconds }: { linesPerSecond: number; seconds: number }): string {
  return `[[sim:slow ms=${Math.max(1, Math.floor(1_000 / linesPerSecond) - 1)}]] [[sim:clock lines=${linesPerSecond * TURN_SECONDS} times=${Math.ceil(seconds / TURN_SECONDS)}]]`;
}

async function untilItWrites({ owner, runId }: LoadRun, deadline: number): Promise<void> {
  for (;;) {
    const { status, statusReason, outBytes } = await owner.client.runs.byId.query({ runId });
    if (status === 'running' && outBytes > 20_000) return;
    if (isFinal(status) || Date.now() > deadline) throw new Error(`A run of the load is ${status}: ${statusReason}`);
    await sleep(250);
  }
}
