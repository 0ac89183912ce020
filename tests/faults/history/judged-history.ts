import { operationsOf, type ChangeNews, type Client, type HistoryEvent, type JournalEntry, type LastLook, type Operation } from '@/tests/faults/history/history';
import { timelinesOf, type Timeline } from '@/tests/faults/history/timeline';

/** What is wrong, by the rule that says so. */
export interface Violation {
  rule: Rule;
  what: string;
}

export const rules = [
  'moves by the model',
  'a move has its cause',
  'fences rise',
  'one attempt at a time',
  'tasks are carried out',
  'nothing without being asked',
  'what was acknowledged happens',
  'refusals have a reason',
  'only one’s own',
  'reads tell what was so',
  'reads never go back',
  'news of every change',
  'secrets are kept',
  'everything ends',
  'the end is the model’s',
  'the end is the machine’s',
  'one execution per attempt',
] as const;
export type Rule = (typeof rules)[number];

/** A recorded history, sorted for the rules. */
export interface JudgedHistory {
  clients: ReadonlyMap<string, Client>;
  operations: readonly Operation[];
  news: readonly ChangeNews[];
  entries: readonly JournalEntry[];
  /** Timelines by table, then by id. */
  workspaces: ReadonlyMap<string, Timeline>;
  tasks: ReadonlyMap<string, Timeline>;
  attempts: ReadonlyMap<string, Timeline>;
  runs: ReadonlyMap<string, Timeline>;
  followUps: ReadonlyMap<string, Timeline>;
  batches: ReadonlyMap<string, Timeline>;
  batchItems: ReadonlyMap<string, Timeline>;
  /** Null where the last look was not taken. */
  end: LastLook | null;
}

export function sortHistory(events: readonly HistoryEvent[]): JudgedHistory {
  const entries = events.filter((event) => event.type === 'row').toSorted((one, other) => one.seq - other.seq);
  return {
    clients: new Map(events.flatMap((event) => (event.type === 'client' ? [[event.client, event] as const] : []))),
    operations: operationsOf(events),
    news: events.filter((event) => event.type === 'news'),
    entries,
    workspaces: timelinesOf(entries, 'workspaces'),
    tasks: timelinesOf(entries, 'tasks'),
    attempts: timelinesOf(entries, 'task_attempts'),
    runs: timelinesOf(entries, 'runs'),
    followUps: timelinesOf(entries, 'follow_ups'),
    batches: timelinesOf(entries, 'batches'),
    batchItems: timelinesOf(entries, 'batch_items'),
    end: events.find((event) => event.type === 'end') ?? null,
  };
}

/** The first entry of a row: how it was made. */
export function makingOf({ moments }: Timeline): JournalEntry {
  return (moments[0] as Timeline['moments'][number]).entry;
}

/** Timelines of what belongs to one workspace, in the order of their making. */
export function ofWorkspace(timelines: ReadonlyMap<string, Timeline>, workspaceId: string): Timeline[] {
  return [...timelines.values()].filter((timeline) => timeline.workspaceId === workspaceId);
}
