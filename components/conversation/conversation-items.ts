import type { Fields } from '@/components/conversation/event-fields';

/** When something happened, by the CLI's clock and by ours, in milliseconds; null where nobody noted it. */
export interface Moment {
  said: number | null;
  stored: number | null;
}

interface Base {
  /** The same for the same thing, whenever and however it was loaded. */
  key: string;
  /** Where its line begins in the log. */
  offset: number;
  moment: Moment;
  /** Fields that are not known here, as they came. */
  more: Fields | null;
}

/** What Claude says. `failure`: the CLI says that it is an error, by this name. */
export interface TextItem extends Base {
  kind: 'text';
  text: string;
  failure: string | null;
}

export interface ThinkingItem extends Base {
  kind: 'thinking';
  text: string;
  /** How long it took, where the CLI tells. */
  milliseconds: number | null;
}

/** A piece of what a tool gave back. */
export type OutputPart = { kind: 'text'; text: string } | { kind: 'image'; type: string; bytes: number } | { kind: 'raw'; text: string };

export interface ToolOutput {
  parts: readonly OutputPart[];
  failed: boolean;
  offset: number;
  moment: Moment;
}

/** What a tool call that works in the background says of itself. */
export interface BackgroundTask {
  state: 'running' | 'done' | 'failed';
  words: string;
}

export interface ToolItem extends Base {
  kind: 'tool';
  id: string;
  /** Null when only its result is loaded. */
  name: string | null;
  input: unknown;
  output: ToolOutput | null;
  task: BackgroundTask | null;
  /** What a sub-agent did in this call. */
  steps: readonly Item[];
  /** For lists of things to do: a later call holds a newer state. */
  outdated: boolean;
}

/** Something that was told to Claude in mid-run. `by`: a person, or the CLI itself. */
export interface SaidItem extends Base {
  kind: 'said';
  by: 'person' | 'cli';
  text: string;
}

/** Something that the CLI did or met, in words. */
export interface NoticeItem extends Base {
  kind: 'notice';
  tone: 'info' | 'waiting' | 'failure';
  words: string;
}

/** The end of an answer to a prompt. */
export interface ResultItem extends Base {
  kind: 'result';
  /** Null when all went well. */
  failure: string | null;
  milliseconds: number | null;
  requests: number | null;
  /** What it cost since the result before it; null where that cannot be told. */
  costUsd: number | null;
  tokensIn: number | null;
  tokensOut: number | null;
}

/** What is not known here, as it came. */
export interface RawItem extends Base {
  kind: 'raw';
  label: string;
  text: string;
  /** Where its last line ends: plain text goes on there. */
  to: number;
}

export type Item = TextItem | ThinkingItem | ToolItem | SaidItem | NoticeItem | ResultItem | RawItem;

/** One request to the model with what came of it, or what happened between two of them. */
export interface Turn {
  key: string;
  messageId: string | null;
  /** The model, in the turn in which it is first seen or is another one. */
  model: string | null;
  /** Tokens that the model had before it. */
  contextTokens: number | null;
  outputTokens: number | null;
  items: readonly Item[];
}

/** Tokens of all requests, each counted once. */
export interface TokenSum {
  input: number;
  output: number;
  cacheRead: number;
  cacheWrite: number;
}

export interface ConversationState {
  turns: readonly Turn[];
  model: string | null;
  /** Tokens that fit into the model's context, where the CLI tells. */
  contextWindow: number | null;
  tokens: TokenSum;
  /** The CLI waits for the first word of an answer. */
  waiting: boolean;
}

/** How long something took, by one clock; null where no clock was there at both ends. */
export function millisecondsBetween(one: Moment, other: Moment): number | null {
  if (one.said !== null && other.said !== null) return Math.max(0, other.said - one.said);
  if (one.stored !== null && other.stored !== null) return Math.max(0, other.stored - one.stored);
  return null;
}

/** When it happened, by whichever clock is known. */
export function timeOf(moment: Moment): number | null {
  return moment.said ?? moment.stored;
}
