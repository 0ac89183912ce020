import type { Action } from '@/tests/faults/history/history';

/**
 * What may happen, written down once more and without the product: the lives of workspaces, tasks and runs as the documents
 * tell them. That it says the same as the code in most places is no accident, and no reason to import it: a table that is
 * changed by mistake would change the judge as well.
 */
type Moves = Readonly<Record<string, readonly string[]>>;

/** `gone`: the row is removed. */
const workspaceMoves: Moves = {
  creating: ['running', 'stopped', 'unhealthy', 'unknown', 'deleting', 'archived'],
  running: ['stopped', 'unhealthy', 'unknown', 'creating', 'deleting', 'archived'],
  stopped: ['creating', 'running', 'unhealthy', 'unknown', 'deleting', 'archived'],
  unhealthy: ['creating', 'running', 'stopped', 'unknown', 'deleting', 'archived'],
  unknown: ['running', 'stopped', 'unhealthy', 'creating', 'deleting', 'archived'],
  archived: ['stopped', 'deleting'],
  deleting: ['unhealthy', 'gone'],
};

const taskMoves: Moves = {
  queued: ['running', 'waiting', 'superseded', 'cancelled'],
  running: ['queued', 'waiting', 'retrying', 'succeeded', 'failed', 'parked', 'superseded'],
  waiting: ['queued', 'running', 'superseded', 'cancelled'],
  retrying: ['queued', 'running', 'superseded', 'cancelled'],
};

/** Of an attempt to do a task. */
const attemptMoves: Moves = { running: ['succeeded', 'failed', 'died', 'waiting', 'superseded'] };

const runEnds = ['succeeded', 'failed', 'interrupted', 'lost'];
const runMoves: Moves = {
  queued: ['starting', 'stopped', 'failed', 'interrupted'],
  starting: ['running', 'stopping', 'parked', ...runEnds],
  running: ['stopping', 'needs_you', 'parked', ...runEnds],
  needs_you: ['running', 'stopping', 'parked', ...runEnds],
  parked: ['queued', 'stopped', 'failed'],
  stopping: ['stopped', ...runEnds],
};

const followUpMoves: Moves = { waiting: ['started', 'cancelled'] };
const batchMoves: Moves = { running: ['done', 'stopped', 'broken'] };
const batchItemMoves: Moves = { pending: ['working', 'succeeded', 'failed', 'skipped', 'cancelled'], working: ['succeeded', 'failed', 'skipped', 'cancelled', 'pending'] };

/** By the names of the tables. What is not named in a table of moves is left never, unless with its whole workspace. */
export const legalMoves: Readonly<Record<string, { first: readonly string[]; moves: Moves; goes: 'never' | 'with its workspace' | 'by a move' }>> = {
  workspaces: { first: ['creating'], moves: workspaceMoves, goes: 'by a move' },
  tasks: { first: ['queued'], moves: taskMoves, goes: 'never' },
  task_attempts: { first: ['running'], moves: attemptMoves, goes: 'never' },
  runs: { first: ['queued'], moves: runMoves, goes: 'with its workspace' },
  follow_ups: { first: ['waiting'], moves: followUpMoves, goes: 'with its workspace' },
  batches: { first: ['running'], moves: batchMoves, goes: 'never' },
  batch_items: { first: ['pending'], moves: batchItemMoves, goes: 'never' },
};

const taskEnds: ReadonlySet<string> = new Set(['succeeded', 'failed', 'parked', 'superseded', 'cancelled', 'gone']);
const finalRuns: ReadonlySet<string> = new Set([...runEnds, 'stopped', 'gone']);

export const isTaskOver = (state: string): boolean => taskEnds.has(state);
export const isRunOver = (state: string): boolean => finalRuns.has(state);

/** Actions that are carried out by a task. */
export type TaskAction = 'create' | 'start' | 'stop' | 'restart' | 'sync' | 'archive' | 'delete';

/** Tasks that lead to the same end: asking while one of them is under way asks for nothing new. */
export const sameEnd: Readonly<Record<TaskAction, readonly string[]>> = {
  create: ['create'],
  start: ['create', 'start', 'restart'],
  restart: ['create', 'start', 'restart'],
  stop: ['stop'],
  archive: ['archive'],
  delete: ['delete'],
  sync: ['create', 'start', 'restart', 'stop', 'archive', 'delete', 'sync'],
};

export const isTaskAction = (action: Action): action is TaskAction => action in sameEnd;

/** States in which there is nothing left to do for an action. */
export const isSoAlready: Readonly<Record<TaskAction, readonly string[]>> = { create: [], start: ['running'], restart: [], stop: ['stopped', 'archived'], archive: ['archived'], delete: ['deleting', 'gone'], sync: [] };

/** States that allow a refusal as a conflict. */
export const refusesFrom: Readonly<Record<TaskAction | 'restore', readonly string[]>> = {
  create: [],
  start: ['deleting', 'archived'],
  restart: ['deleting', 'archived'],
  sync: ['deleting', 'archived'],
  stop: ['deleting'],
  archive: ['deleting'],
  delete: [],
  restore: ['creating', 'running', 'unhealthy', 'unknown', 'deleting'],
};

/** What a workspace is when the newest task that changes it has ended so and nothing came after it. */
export function statesAfter(kind: string, end: string): readonly string[] {
  if (end !== 'succeeded') return ['running', 'stopped', 'unhealthy'];
  if (kind === 'stop') return ['stopped'];
  if (kind === 'archive') return ['archived', 'stopped'];
  return kind === 'delete' ? ['gone'] : ['running'];
}

/** What its container must be then; null: there must be none. */
export function containersAfter(state: string): readonly (string | null)[] {
  if (state === 'running') return ['running'];
  if (state === 'stopped') return [null, 'exited', 'created'];
  return state === 'archived' || state === 'gone' ? [null] : [null, 'running', 'exited', 'created', 'paused', 'restarting', 'dead'];
}
