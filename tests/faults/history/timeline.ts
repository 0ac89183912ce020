import type { JournalEntry } from '@/tests/faults/history/history';

/** What was so of one row from one change on until the next. */
export interface Moment {
  /** The change that brought it about. */
  entry: JournalEntry;
  /** Its status; `gone` from its removal on. */
  state: string;
}

/** All changes of one row, the first first. */
export interface Timeline {
  id: string;
  workspaceId: string;
  moments: readonly Moment[];
}

/** The journal by rows of one table. Attempts and follow-ups belong to the workspace of their task or run. */
export function timelinesOf(entries: readonly JournalEntry[], table: JournalEntry['table']): Map<string, Timeline> {
  const byId = new Map<string, JournalEntry[]>();
  for (const entry of entries) {
    if (entry.table !== table) continue;
    const mine = byId.get(entry.id);
    if (mine) mine.push(entry);
    else byId.set(entry.id, [entry]);
  }
  return new Map([...byId].map(([id, mine]) => [id, { id, workspaceId: mine[0]?.workspaceId ?? '', moments: mine.map((entry) => ({ entry, state: entry.change === 'gone' ? 'gone' : entry.status })) }]));
}

/** What was so at some time between two positions of the journal: at the first, and after each change up to the second. */
export function momentsIn(timeline: Timeline | undefined, before: number, after: number): readonly Moment[] {
  if (!timeline) return [];
  const began = timeline.moments.findLastIndex(({ entry }) => entry.seq <= before);
  return timeline.moments.filter(({ entry }, index) => (index === began || entry.seq > before) && entry.seq <= after);
}

/** The same as words; `gone` as well where it was not there yet. */
export function statesIn(timeline: Timeline | undefined, before: number, after: number): string[] {
  const states = momentsIn(timeline, before, after).map(({ state }) => state);
  const wasThere = timeline?.moments.some(({ entry }) => entry.seq <= before) ?? false;
  return wasThere ? states : ['gone', ...states];
}

export function lastOf(timeline: Timeline): Moment {
  return timeline.moments.at(-1) as Moment;
}

/** When a row came to a state that it does not leave; Infinity while it has not. */
export function endedAt(timeline: Timeline, isFinal: (state: string) => boolean): number {
  return timeline.moments.find(({ state }) => isFinal(state))?.entry.seq ?? Infinity;
}
