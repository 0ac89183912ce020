import { z } from 'zod';
import type { ParkReason, RunStatus } from '@/contract/run';
import { logStreamSchema, type LogStream } from '@/contract/run-log';

/** How a search text is meant: as it stands, as a whole word, or as a regular expression. */
export const searchKinds = ['text', 'word', 'regex'] as const;

/** Hits beyond are counted, not sent. */
export const MAX_LOG_HITS = 10_000;
/** Of one run, in a search across runs. */
export const MAX_HITS_PER_RUN = 20;
/** Runs that a search across runs looks into, the newest first. */
export const MAX_SEARCHED_RUNS = 500;

const lookedFor = {
  text: z.string().min(1).max(500).regex(/^[^\r\n]*$/, 'Search for something within one line.'),
  kind: z.enum(searchKinds).default('text'),
  caseSensitive: z.boolean().default(false),
};
/** Set by the client library when it reconnects. */
const lastEventId = z.string().max(200).nullish();

export const searchLogInput = z.strictObject({ runId: z.uuid(), ...lookedFor, streams: z.array(logStreamSchema).min(1).max(2).default(['out', 'err']), lastEventId });
export type SearchLogInput = z.infer<typeof searchLogInput>;

/** Without a workspace: in all that the person may see. */
export const searchAllLogsInput = z.strictObject({ workspaceId: z.uuid().nullable().default(null), ...lookedFor, lastEventId });
export type SearchAllLogsInput = z.infer<typeof searchAllLogsInput>;

/** What is looked for, as the matcher and the marks on the page read it. */
export type LookedFor = Pick<SearchLogInput, 'text' | 'kind' | 'caseSensitive'>;

/** One place where it stands. Lines count from 1, columns (characters) from 0. */
export interface LogHit {
  stream: LogStream;
  line: number;
  /** Where the line begins in the log, in bytes. */
  offset: number;
  column: number;
  before: string;
  match: string;
  after: string;
}

/** News of a search in one run: hits since the last, and how far it is, in bytes. It goes on while the log grows. */
export interface LogSearchEvent {
  hits: LogHit[];
  /** Hits so far, with those that were not sent. */
  found: number;
  done: number;
  total: number;
  /** `waiting`: all there is was searched, and the run goes on. */
  state: 'searching' | 'waiting' | 'end';
}

/** What a search across runs found in one of them. */
export interface RunHits {
  runId: string;
  workspaceId: string;
  workspaceName: string;
  number: number;
  prompt: string;
  status: RunStatus;
  parkedFor: ParkReason | null;
  createdAt: Date;
  hits: LogHit[];
  found: number;
}

/** News of a search across runs. `cut`: it ended early, by its bounds of time or hits. */
export interface LogSearchAllEvent {
  run: RunHits | null;
  done: number;
  total: number;
  state: 'searching' | 'end';
  cut: boolean;
}

/**
 * The regular expression for what is looked for, by which a line is searched, without its flag `g`; null when it is none.
 * Only the server runs it over a log, where it can be ended; the page marks with it what it shows.
 */
export function searchPattern({ text, kind, caseSensitive }: LookedFor): RegExp | null {
  const literal = text.replaceAll(/[\\^$.*+?()[\]{}|/]/g, String.raw`\$&`);
  const source = kind === 'regex' ? text : kind === 'word' ? String.raw`(?<![\p{L}\p{N}_])${literal}(?![\p{L}\p{N}_])` : literal;
  try {
    return new RegExp(source, caseSensitive ? 'u' : 'iu');
  } catch {
    return null;
  }
}
