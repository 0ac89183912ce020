import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { ErrorKind } from '@/contract/error-kind';

/** What clients ask. The first seven are the names of tasks. */
export const actions = ['start', 'stop', 'restart', 'sync', 'archive', 'delete', 'create', 'restore', 'batch-start', 'batch-stop', 'start-run', 'follow-up', 'interrupt', 'stop-run', 'set-secret', 'delete-secret', 'list-secrets', 'read-workspace', 'read-run'] as const;
export type Action = (typeof actions)[number];

/** Who asks. */
export interface Client {
  type: 'client';
  client: string;
  actorId: string;
  role: 'admin' | 'member';
}

/** Something was asked. `before` is how far the journal had come for what it is about: all up to there was so before the question. */
export interface Invocation {
  type: 'invoke';
  op: number;
  client: string;
  action: Action;
  /** Ids of workspaces or of a run, or the name of a secret; none where something new is made. */
  targets: readonly string[];
  before: number;
  /** The last change of the row that it is about, as it was then: numbers are given out before transactions end, so that of another row says nothing about this one. */
  rowBefore: number;
}

/** What was answered. `unknown`: the question may have taken effect or not. `after`: what the answer tells was so by there. */
export interface Answer {
  type: 'answer';
  op: number;
  outcome: 'ok' | 'refused' | 'unknown';
  kind: ErrorKind | null;
  /** The id of what was made, the state that was read (`gone` where there is nothing), or the names of a list. */
  told: string | null;
  message: string | null;
  after: number;
}

/** The change stream of a client named rows; by then the journal had come so far. */
export interface ChangeNews {
  type: 'news';
  client: string;
  ids: readonly string[];
  after: number;
}

/** For whoever reads a history: nothing is judged by it. */
export interface FaultNote {
  type: 'fault';
  what: string;
}

export const journalTables = ['workspaces', 'tasks', 'task_attempts', 'runs', 'follow_ups', 'batches', 'batch_items'] as const;

/** One change of one row, as the database itself recorded it. Of one row the numbers rise in the order of its changes; `tx` is the same within a transaction. */
export interface JournalEntry {
  type: 'row';
  seq: number;
  tx: string;
  table: (typeof journalTables)[number];
  id: string;
  workspaceId: string | null;
  change: 'made' | 'changed' | 'gone';
  status: string;
  fence: number | null;
  /** Further columns that rules look at, by their names in the database. */
  more: Readonly<Record<string, string | number | null>>;
}

/** What the machine says when everything is quiet. */
export interface LastLook {
  type: 'end';
  /** Every container of this instance. */
  containers: readonly { workspaceId: string; state: string }[];
  /** How often each run was carried out, by the files of the workspaces that are left. */
  executions: Readonly<Record<string, number>>;
}

export type HistoryEvent = Client | Invocation | Answer | ChangeNews | FaultNote | JournalEntry | LastLook;

/** One JSON document a line. */
export function writeHistory(events: readonly HistoryEvent[], name: string): string {
  const directory = path.resolve(import.meta.dirname, '../../../test-results');
  mkdirSync(directory, { recursive: true });
  const file = path.join(directory, `${name}.jsonl`);
  writeFileSync(file, events.map((event) => `${JSON.stringify(event)}\n`).join(''));
  return file;
}

/** A question with its answer; without one it counts as unknown. */
export interface Operation extends Omit<Invocation, 'type'> {
  actorId: string;
  outcome: Answer['outcome'];
  kind: Answer['kind'];
  told: string | null;
  message: string | null;
  /** Infinity where nobody knows when it took effect, if it did. */
  after: number;
}

/** In the order of asking. */
export function operationsOf(events: readonly HistoryEvent[]): Operation[] {
  const answers = new Map(events.flatMap((event) => (event.type === 'answer' ? [[event.op, event] as const] : [])));
  const actors = new Map(events.flatMap((event) => (event.type === 'client' ? [[event.client, event.actorId] as const] : [])));
  return events.flatMap((event): Operation[] => {
    if (event.type !== 'invoke') return [];
    const { type: _, ...asked } = event;
    const { outcome = 'unknown', kind = null, told = null, message = null, after = Infinity } = answers.get(event.op) ?? {};
    return [{ ...asked, actorId: actors.get(event.client) ?? '', outcome, kind, told, message, after: outcome === 'unknown' ? Infinity : after }];
  });
}
