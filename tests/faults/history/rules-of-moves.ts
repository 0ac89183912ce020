import { legalMoves } from '@/tests/faults/history/model';
import { makingOf, ofWorkspace, type JudgedHistory, type Violation } from '@/tests/faults/history/judged-history';
import type { JournalEntry } from '@/tests/faults/history/history';
import { lastOf, type Timeline } from '@/tests/faults/history/timeline';

/** What every row may do by itself, whoever asked for it. */
export function brokenMoves(history: JudgedHistory): Violation[] {
  const { workspaces, tasks, attempts, runs, followUps, batches, batchItems } = history;
  const all = [workspaces, tasks, attempts, runs, followUps, batches, batchItems].flatMap((timelines) => [...timelines.values()]);
  return [...all.flatMap(illegalMoves), ...[...workspaces.values()].flatMap((timeline) => movesWithoutCause(history, timeline)), ...fallingFences(history), ...overlappingAttempts(history), ...tasksWithoutWork(history)];
}

function illegalMoves({ id, moments }: Timeline): Violation[] {
  return moments.flatMap(({ entry, state }, index): Violation[] => {
    const model = legalMoves[entry.table];
    const from = moments[index - 1]?.state;
    if (!model || from === state) return [];
    const isLegal = from === undefined ? model.first.includes(state) : state === 'gone' ? model.goes === 'with its workspace' || (model.moves[from]?.includes('gone') ?? false) : (model.moves[from]?.includes(state) ?? false);
    return isLegal ? [] : [{ rule: 'moves by the model', what: `${entry.table} ${id} went from ${from ?? 'nothing'} to ${state} (${entry.seq})` }];
  });
}

/** Some moves of a workspace are part of a task of a certain kind: asked for in the same transaction, or under way. */
const causes: readonly { from: string | null; to: string; asked: readonly string[]; underWay: readonly string[] }[] = [
  { from: null, to: 'deleting', asked: ['delete'], underWay: [] },
  { from: null, to: 'gone', asked: [], underWay: ['delete'] },
  { from: null, to: 'archived', asked: [], underWay: ['archive'] },
  { from: null, to: 'creating', asked: ['create', 'start'], underWay: ['restart'] },
];

function movesWithoutCause({ tasks }: JudgedHistory, workspace: Timeline): Violation[] {
  const mine = ofWorkspace(tasks, workspace.id);
  return workspace.moments.flatMap(({ entry, state }, index): Violation[] => {
    const from = workspace.moments[index - 1]?.state;
    const cause = causes.find(({ to }) => to === state);
    if (!cause || from === state) return [];
    const isAsked = mine.some((task) => makingOf(task).tx === entry.tx && cause.asked.includes(kindOf(task)));
    const isUnderWay = mine.some((task) => cause.underWay.includes(kindOf(task)) && stateAt(task, entry.seq) === 'running');
    return isAsked || isUnderWay ? [] : [{ rule: 'a move has its cause', what: `workspace ${workspace.id} became ${state} (${entry.seq}) without a task that does this` }];
  });
}

/** The newest task has the highest number: by it the requests of one workspace stand in a line. */
function fallingFences({ entries }: JudgedHistory): Violation[] {
  const highest = new Map<string, number>();
  const newest = new Map<string, number>();
  const found: Violation[] = [];
  const say = (entry: JournalEntry, than: number) => found.push({ rule: 'fences rise', what: `${entry.table} ${entry.id} has fence ${entry.fence} after ${than} (${entry.seq})` });
  for (const entry of entries) {
    if (entry.fence === null) continue;
    if (entry.table === 'workspaces' || entry.table === 'runs') {
      const before = highest.get(entry.id) ?? -1;
      if (entry.fence < before) say(entry, before);
      highest.set(entry.id, Math.max(before, entry.fence));
    } else if (entry.table === 'tasks' && entry.change === 'made' && entry.workspaceId !== null) {
      const before = newest.get(entry.workspaceId) ?? -1;
      if (entry.fence <= before || entry.fence < (highest.get(entry.workspaceId) ?? 0)) say(entry, Math.max(before, highest.get(entry.workspaceId) ?? 0));
      newest.set(entry.workspaceId, Math.max(before, entry.fence));
    }
  }
  return found;
}

function overlappingAttempts({ entries, tasks }: JudgedHistory): Violation[] {
  const working = new Map<string, string>();
  const found: Violation[] = [];
  for (const entry of entries) {
    if (entry.table !== 'task_attempts') continue;
    const workspaceId = tasks.get(String(entry.more['task_id']))?.workspaceId ?? '';
    const now = working.get(workspaceId);
    if (entry.status === 'running' && now !== undefined && now !== entry.id) found.push({ rule: 'one attempt at a time', what: `attempt ${entry.id} began while ${now} was at work on workspace ${workspaceId} (${entry.seq})` });
    if (entry.status === 'running') working.set(workspaceId, entry.id);
    else if (now === entry.id) working.delete(workspaceId);
  }
  return found;
}

/** No task has succeeded without an attempt that did, was tried more often than its rule says, or was set aside for nothing. */
function tasksWithoutWork({ tasks, attempts }: JudgedHistory): Violation[] {
  const say = (task: Timeline, what: string): Violation => ({ rule: 'tasks are carried out', what: `task ${kindOf(task)} ${task.id} of workspace ${task.workspaceId} ${what}` });
  return [...tasks.values()].flatMap((task) => {
    const mine = [...attempts.values()].filter((attempt) => makingOf(attempt).more['task_id'] === task.id).map((attempt) => lastOf(attempt).state);
    const { entry, state } = lastOf(task);
    const failed = mine.filter((outcome) => outcome === 'failed').length;
    const found: Violation[] = [];
    if (state === 'succeeded' && kindOf(task) !== 'delete' && !mine.includes('succeeded')) found.push(say(task, 'has succeeded without an attempt that did'));
    if (failed > Number(entry.more['max_attempts'])) found.push(say(task, `was tried ${failed} times`));
    if (state === 'failed' && entry.more['status_reason'] === null) found.push(say(task, 'has failed without a reason'));
    if (state === 'superseded' && !isTakenOver(tasks, task)) found.push(say(task, 'was set aside, and nothing took its place'));
    return found;
  });
}

function isTakenOver(tasks: JudgedHistory['tasks'], task: Timeline): boolean {
  return ofWorkspace(tasks, task.workspaceId).some((other) => other !== task && makingOf(other).seq > makingOf(task).seq);
}

export function kindOf(task: Timeline): string {
  return String(makingOf(task).more['kind']);
}

function stateAt(timeline: Timeline, seq: number): string | undefined {
  return timeline.moments.findLast(({ entry }) => entry.seq < seq)?.state;
}
