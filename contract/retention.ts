import { z } from 'zod';

/** What grows with use and goes by a rule of the administrators. What each holds: `retentionWords`. */
export const retentionKinds = ['logs', 'conversations', 'worktrees', 'removed_work', 'audit', 'tasks'] as const;
export const retentionKindSchema = z.enum(retentionKinds);
export type RetentionKind = z.infer<typeof retentionKindSchema>;

/** Bounds of one kind; both null: it is kept for good. */
export interface RetentionRule {
  keepDays: number | null;
  maxBytes: number | null;
}

/** What an install begins with: nothing goes of which somebody could say the week after that they still needed it. Reasons: docs/decisions/0036-retention.md. */
export const firstRules: Readonly<Record<RetentionKind, RetentionRule>> = {
  logs: { keepDays: 90, maxBytes: null },
  conversations: { keepDays: 365, maxBytes: null },
  worktrees: { keepDays: null, maxBytes: null },
  removed_work: { keepDays: null, maxBytes: null },
  audit: { keepDays: 365, maxBytes: null },
  tasks: { keepDays: 180, maxBytes: null },
};

/** No rule goes below it, neither by age nor by size. */
export const leastDays: Readonly<Record<RetentionKind, number>> = { logs: 1, conversations: 7, worktrees: 1, removed_work: 0, audit: 30, tasks: 7 };

/** After a rule was changed nothing goes by it for so long, unless an administrator says so. */
export const HOLD_HOURS = 24;
export const LEAST_BYTES = 1024 ** 2;

export const changeRetentionInput = z
  .strictObject({
    kind: retentionKindSchema,
    keepDays: z.number().int('Whole days.').max(3650, 'At most 3,650 days; leave it empty to keep them for good.').nullable(),
    maxBytes: z.number().int().min(LEAST_BYTES, 'At least 1 MiB.').max(2 ** 50, 'At most 1,024 TiB; leave it empty for no limit.').nullable(),
  })
  .superRefine(({ kind, keepDays }, context) => {
    if (keepDays === null) return;
    if (kind === 'removed_work') context.addIssue({ code: 'custom', path: ['keepDays'], message: 'How long deleted workspaces are kept is said when they are deleted: ANYON_BUNDLE_KEEP_DAYS.' });
    else if (keepDays < leastDays[kind]) context.addIssue({ code: 'custom', path: ['keepDays'], message: `At least ${leastDays[kind]} ${leastDays[kind] === 1 ? 'day' : 'days'}.` });
  });
export type ChangeRetentionInput = z.output<typeof changeRetentionInput>;

/** Whoever ends the waiting of a rule says what they saw go; when more would go by now, nothing does. */
export const applyRetentionInput = z.strictObject({ kind: retentionKindSchema, items: z.number().int().min(0), bytes: z.number().int().min(0) });
export type ApplyRetentionInput = z.output<typeof applyRetentionInput>;

export interface RetentionSum {
  items: number;
  bytes: number;
}

/** One thing that goes, or a day of things where single ones tell nobody anything. */
export interface RetentionThingView {
  id: string;
  name: string;
  /** Where it can be looked at. */
  link: string | null;
  endedAt: Date;
  items: number;
  bytes: number;
  /** The rule by which it goes: `older than 90 days`. */
  because: string;
  /** Why it cannot go at that time all the same, and goes later. */
  waitsFor: string | null;
}

export interface RetentionForecast {
  kind: RetentionKind;
  rule: RetentionRule;
  /** Null: nobody has changed it since the install began. */
  changedBy: string | null;
  changedAt: Date | null;
  /** Set while the rule waits after it was changed. */
  holdsUntil: Date | null;
  /** When things go next; null while the rule keeps all. */
  actsAt: Date | null;
  present: RetentionSum;
  /** Of them, what no rule touches, and why, by reason. */
  spared: { why: string; items: number }[];
  goes: RetentionSum;
  /** The newest of what goes, at most a hundred. */
  first: RetentionThingView[];
}

export interface RetentionView {
  forecasts: RetentionForecast[];
  /** When the worker last applied the rules; null: it has not yet. */
  lastRoundAt: Date | null;
  /** Somebody asked for them to be applied now, and the worker is about to, or at it. */
  isBeingApplied: boolean;
  /** What went in the last rounds that removed something, newest first. */
  rounds: { at: Date; kind: RetentionKind; items: number; bytes: number; because: string }[];
  bundleKeepDays: number;
}

/** Each kind as the page and the terminal name it. `note` says what stays when it has gone. */
export const retentionWords: Readonly<Record<RetentionKind, { title: string; one: string; many: string; note: string }>> = {
  logs: { title: 'Logs of runs', one: 'log', many: 'logs', note: 'Output and errors byte by byte, from the end of the run. The conversation and the diff stay.' },
  conversations: { title: 'Conversations and diffs', one: 'conversation', many: 'conversations', note: 'What was said and done in a run, and the diff kept at its end. The run stays with its prompt, Claude’s last words, its changed files by name, and cost.' },
  worktrees: { title: 'Working trees', one: 'working tree', many: 'working trees', note: 'The files of conversations nobody has gone on with. They are put into a checkpoint first and can be brought back; files that git ignores (.env, build results) are not in it. Moves only while the workspace runs.' },
  removed_work: { title: 'Work of deleted workspaces', one: 'deleted workspace', many: 'deleted workspaces', note: 'Bundles, or the files where no bundle could be made. When they are gone nobody can bring the workspace back.' },
  audit: { title: 'Audit log', one: 'entry', many: 'entries', note: 'Never less than 30 days. That entries went is written down itself.' },
  tasks: { title: 'Tasks and batches', one: 'task', many: 'tasks', note: 'What was done with workspaces, with each try. The last task of each workspace stays.' },
};

const dayFormat = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'long', year: 'numeric', timeZone: 'UTC' });

/** What is said where something was: `The log was removed on 3 May 2026 by the rule: older than 90 days.` */
export function removedSentence(what: string, at: Date, because: string): string {
  return `${what} was removed on ${dayFormat.format(at)} by the rule: ${because}.`;
}
