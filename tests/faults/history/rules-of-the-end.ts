import { makingOf, ofWorkspace, type JudgedHistory, type Violation } from '@/tests/faults/history/judged-history';
import { containersAfter, isRunOver, isTaskOver, statesAfter } from '@/tests/faults/history/model';
import { kindOf } from '@/tests/faults/history/rules-of-moves';
import { lastOf, type Timeline } from '@/tests/faults/history/timeline';

/** What must hold when everything is quiet: nothing is left open, and model, rows and machine say the same. */
export function brokenEnd(history: JudgedHistory): Violation[] {
  return [...leftOpen(history), ...[...history.workspaces.values()].flatMap((workspace) => wrongEnd(history, workspace)), ...wrongContainers(history), ...wrongExecutions(history)];
}

function leftOpen({ tasks, attempts, runs, followUps, batches, batchItems, workspaces }: JudgedHistory): Violation[] {
  const open = (timelines: ReadonlyMap<string, Timeline>, isOver: (state: string) => boolean) => [...timelines.values()].filter((timeline) => !isOver(lastOf(timeline).state));
  // Why a queue holds is said on its first follow-up.
  const held = [...followUps.values()].map((timeline) => lastOf(timeline)).filter(({ entry, state }) => state === 'waiting' && entry.more['held_because'] !== null);
  const isHeld = (timeline: Timeline) => held.some(({ entry }) => entry.more['run_id'] === lastOf(timeline).entry.more['run_id']);
  const left = [
    ...open(tasks, isTaskOver),
    ...open(attempts, (state) => state !== 'running'),
    ...open(runs, isRunOver),
    ...open(followUps, (state) => state !== 'waiting').filter((timeline) => !isHeld(timeline)),
    ...open(batches, (state) => state !== 'running'),
    ...open(batchItems, (state) => state !== 'pending' && state !== 'working'),
    ...open(workspaces, (state) => state !== 'creating' && state !== 'deleting' && state !== 'unknown'),
  ];
  return left.map((timeline) => ({ rule: 'everything ends', what: `${makingOf(timeline).table} ${timeline.id} is still ${lastOf(timeline).state}` }));
}

/** The newest task that changes what a workspace is decides; comparing it with the engine changes nothing. */
function wrongEnd({ tasks }: JudgedHistory, workspace: Timeline): Violation[] {
  const [newest] = ofWorkspace(tasks, workspace.id).filter((task) => kindOf(task) !== 'sync' && !['superseded', 'cancelled'].includes(lastOf(task).state)).toSorted((one, other) => makingOf(other).seq - makingOf(one).seq);
  if (!newest) return [];
  const { state } = lastOf(workspace);
  const expected = statesAfter(kindOf(newest), lastOf(newest).state);
  return expected.includes(state) ? [] : [{ rule: 'the end is the model’s', what: `workspace ${workspace.id} is ${state}; after ${kindOf(newest)}, which has ${lastOf(newest).state}, it is ${expected.join(' or ')}` }];
}

function wrongContainers({ workspaces, end }: JudgedHistory): Violation[] {
  if (!end) return [];
  const say = (what: string): Violation => ({ rule: 'the end is the machine’s', what });
  const strangers = end.containers.filter(({ workspaceId }) => !workspaces.has(workspaceId)).map(({ workspaceId }) => say(`a container says that it belongs to workspace ${workspaceId}, which there never was`));
  const wrong = [...workspaces.values()].flatMap((workspace): Violation[] => {
    const mine = end.containers.filter(({ workspaceId }) => workspaceId === workspace.id).map(({ state }) => state);
    if (mine.length > 1) return [say(`workspace ${workspace.id} has ${mine.length} containers`)];
    const { state } = lastOf(workspace);
    return containersAfter(state).includes(mine[0] ?? null) ? [] : [say(`workspace ${workspace.id} is ${state}, its container is ${mine[0] ?? 'not there'}`)];
  });
  return [...strangers, ...wrong];
}

function wrongExecutions({ runs, end }: JudgedHistory): Violation[] {
  return Object.entries(end?.executions ?? {}).flatMap(([runId, times]): Violation[] => {
    const run = runs.get(runId);
    if (!run) return [{ rule: 'one execution per attempt', what: `run ${runId}, which there never was, was carried out` }];
    const { entry, state } = lastOf(run);
    const attempts = Number(entry.more['attempt']);
    if (times <= attempts && (state !== 'succeeded' || times > 0)) return [];
    return [{ rule: 'one execution per attempt', what: `run ${runId} has ${state} with ${attempts} ${attempts === 1 ? 'attempt' : 'attempts'} and was carried out ${times} times` }];
  });
}
