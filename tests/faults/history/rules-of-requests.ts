import type { Operation } from '@/tests/faults/history/history';
import { makingOf, ofWorkspace, type JudgedHistory, type Violation } from '@/tests/faults/history/judged-history';
import { isRunOver, isSoAlready, isTaskAction, isTaskOver, sameEnd } from '@/tests/faults/history/model';
import { kindOf } from '@/tests/faults/history/rules-of-moves';
import { endedAt, lastOf, statesIn, type Timeline } from '@/tests/faults/history/timeline';

/** Between what was asked and what happened: nothing happens unasked, and what was acknowledged happens. */
export function brokenRequests(history: JudgedHistory): Violation[] {
  return [...unaskedTasks(history), ...unaskedBatchTasks(history), ...unaskedThings(history), ...unaskedStops(history), ...unaskedRestores(history), ...history.operations.filter(({ outcome }) => outcome === 'ok').flatMap((operation) => lostRequest(history, operation))];
}

const unasked = (what: string): Violation => ({ rule: 'nothing without being asked', what });
/** Whether it may have come from this question, by when that was asked and answered. */
const mayCause = ({ outcome, before, after }: Operation, seq: number) => outcome !== 'refused' && before < seq && seq <= after;

/** Each task in a person's name needs a question of its own. */
function unaskedTasks({ tasks, operations }: JudgedHistory): Violation[] {
  const used = new Set<number>();
  const asked = [...tasks.values()].map(makingOf).filter((made) => made.more['cause'] === 'person');
  return asked.flatMap((made): Violation[] => {
    const { kind, requested_by_id: actorId } = made.more;
    const fits = (operation: Operation) => operation.action === kind && operation.actorId === actorId && !used.has(operation.op) && mayCause(operation, made.seq);
    const isAbout = ({ action, targets, told, outcome }: Operation) => (action === 'create' ? outcome === 'unknown' || told === made.workspaceId : targets.includes(made.workspaceId ?? ''));
    const [cause] = operations.filter((operation) => fits(operation) && isAbout(operation)).toSorted((one, other) => one.after - other.after);
    if (!cause) return [unasked(`task ${kind} of workspace ${made.workspaceId} (${made.seq}): nobody asked for it`)];
    used.add(cause.op);
    return [];
  });
}

/** A batch asks once for each of its workspaces. */
function unaskedBatchTasks({ tasks, batches, batchItems }: JudgedHistory): Violation[] {
  const asked = new Set<string>();
  return [...tasks.values()].map(makingOf).filter((made) => made.more['batch_id'] !== null && made.more['batch_id'] !== undefined).flatMap((made): Violation[] => {
    const key = `${made.more['batch_id']} ${made.workspaceId}`;
    const isItem = [...batchItems.values()].some((item) => item.workspaceId === made.workspaceId && makingOf(item).more['batch_id'] === made.more['batch_id']);
    const isRight = batches.has(String(made.more['batch_id'])) && isItem && !asked.has(key);
    asked.add(key);
    return isRight ? [] : [unasked(`task ${made.more['kind']} of workspace ${made.workspaceId} (${made.seq}): its batch does not ask for it, or not twice`)];
  });
}

/** Runs, follow-ups and batches, each by the id that was answered, or by a question whose answer nobody has. */
function unaskedThings({ runs, followUps, batches, operations }: JudgedHistory): Violation[] {
  const comesFrom = (id: string, seq: number, actorId: unknown, names: readonly Operation['action'][]) =>
    operations.some((operation) => names.includes(operation.action) && operation.actorId === actorId && mayCause(operation, seq) && (operation.outcome === 'unknown' || operation.told === id));
  const newRuns = [...runs.values()].map(makingOf).flatMap((made) => {
    const becameIt = [...followUps.values()].filter((followUp) => lastOf(followUp).entry.more['started_run_id'] === made.id).length;
    if (made.more['resumes_run_id'] === null) return comesFrom(made.id, made.seq, made.more['started_by_id'], ['start-run']) ? [] : [unasked(`run ${made.id} (${made.seq}): nobody asked for it`)];
    return becameIt === 1 ? [] : [unasked(`run ${made.id} (${made.seq}) came from ${becameIt} follow-ups`)];
  });
  const prompts = [...followUps.values()].map(makingOf).filter((made) => !comesFrom(made.id, made.seq, made.more['created_by_id'], ['follow-up', 'interrupt'])).map((made) => unasked(`follow-up ${made.id} (${made.seq}): nobody asked for it`));
  const many = [...batches.values()].map(makingOf).filter((made) => !comesFrom(made.id, made.seq, made.more['requested_by_id'], ['batch-start', 'batch-stop'])).map((made) => unasked(`batch ${made.id} (${made.seq}): nobody asked for it`));
  return [...newRuns, ...prompts, ...many];
}

/** Only a person stops a run. */
function unaskedStops({ runs, operations }: JudgedHistory): Violation[] {
  return [...runs.values()].flatMap((run): Violation[] => {
    const stop = run.moments.find(({ state }) => state === 'stopping' || state === 'stopped');
    if (!stop) return [];
    const isAsked = operations.some((operation) => (operation.action === 'stop-run' || operation.action === 'interrupt') && (operation.targets.includes(run.id) || isLaterInConversation(runs, operation.targets, run)) && mayCause(operation, stop.entry.seq));
    return isAsked ? [] : [unasked(`run ${run.id} was stopped (${stop.entry.seq}): nobody asked for it`)];
  });
}

/** To interrupt a conversation means its newest run, whichever of its runs was named. */
function isLaterInConversation(runs: JudgedHistory['runs'], named: readonly string[], run: Timeline): boolean {
  for (let now: Timeline | undefined = run; now; ) {
    if (named.includes(now.id)) return true;
    now = runs.get(String(makingOf(now).more['resumes_run_id']));
  }
  return false;
}

function unaskedRestores({ workspaces, operations }: JudgedHistory): Violation[] {
  return [...workspaces.values()].flatMap(({ id, moments }) =>
    moments.flatMap(({ entry, state }, index): Violation[] => {
      if (state !== 'stopped' || moments[index - 1]?.state !== 'archived') return [];
      return operations.some((operation) => operation.action === 'restore' && operation.targets.includes(id) && mayCause(operation, entry.seq)) ? [] : [unasked(`workspace ${id} was restored (${entry.seq}): nobody asked for it`)];
    }),
  );
}

function lostRequest(history: JudgedHistory, operation: Operation): Violation[] {
  const [target = ''] = operation.targets;
  return isDone(history, operation, target) ? [] : [{ rule: 'what was acknowledged happens', what: `${operation.action} ${target} (question ${operation.op}) was acknowledged, and nothing came of it` }];
}

/** A task may have ended in a transaction that was not over when the question was asked, under a number that is lower than one that was. */
const LOOK_BACK = 10;

function isDone(history: JudgedHistory, { action, told, before, rowBefore, after }: Operation, target: string): boolean {
  const { workspaces, tasks, runs, followUps, batches, batchItems } = history;
  if (action === 'create') return workspaces.has(told ?? '');
  if (isTaskAction(action)) {
    const isSo = statesIn(workspaces.get(target), rowBefore, after).some((state) => isSoAlready[action].includes(state));
    return isSo || ofWorkspace(tasks, target).some((task) => sameEnd[action].includes(kindOf(task)) && makingOf(task).seq <= after && endedAt(task, isTaskOver) > before - LOOK_BACK);
  }
  if (action === 'restore') return statesIn(workspaces.get(target), rowBefore, after).includes('stopped');
  if (action === 'start-run') return runs.has(told ?? '');
  if (action === 'stop-run') return statesIn(runs.get(target), rowBefore, after).some((state) => state === 'stopping' || isRunOver(state));
  if (action === 'follow-up' || action === 'interrupt') return followUps.has(told ?? '');
  if (action === 'batch-start' || action === 'batch-stop') return batches.has(told ?? '') && [...batchItems.values()].some((item) => makingOf(item).more['batch_id'] === told);
  return true;
}
