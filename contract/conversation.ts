import { z } from 'zod';
import type { MaskedText } from '@/contract/masked-text';
import { runStatusSchema, runUsageSchema } from '@/contract/run';

/** The most events of one page; a page of long lines ends sooner. */
export const MAX_PAGE_EVENTS = 1_000;

/** One line of what the CLI said, as its conversation is made of. Kinds are open: see contract/run-event.ts. */
export interface ConversationEvent {
  /** Where the line begins in the log; identifies the event within its run. */
  offset: number;
  bytes: number;
  kind: string;
  subtype: string | null;
  /** When the CLI says it happened; null where it does not say. */
  at: string | null;
  /** When it was stored, moments after it happened; null for what was stored before that was noted. */
  storedAt: string | null;
  /** The line; null where it was too long to be kept. */
  payload: MaskedText | null;
  truncated: boolean;
}

/** Events that follow each other, in order. */
export interface ConversationPage {
  events: ConversationEvent[];
  /** Every event at or behind `from` and before `to` is here. */
  from: number;
  to: number;
}

/** Either the page that begins at byte `from`, or the page that ends before byte `before`; with neither, the last page. */
export const conversationEventsInput = z.strictObject({
  runId: z.uuid(),
  from: z.number().int().min(0).optional(),
  before: z.number().int().min(0).optional(),
  limit: z.number().int().min(1).max(MAX_PAGE_EVENTS).default(300),
});
export type ConversationEventsInput = z.output<typeof conversationEventsInput>;

export const followConversationInput = z.strictObject({
  runId: z.uuid(),
  from: z.number().int().min(0).default(0),
  /** Set by the client library when it reconnects; wins over `from`. */
  lastEventId: z.string().nullish(),
});

/** What Claude is writing at this moment: one block of one answer. It is gone when the block has become an event. */
export interface TypingPiece {
  /** Where the block begins in the log; an event of an answer behind it is the whole block. */
  block: number;
  kind: 'text' | 'thinking' | 'tool';
  /** The tool's name. */
  name: string | null;
  /** Characters of the block that stand before `text`; 0 begins it anew. */
  at: number;
  text: MaskedText;
}

/** One event of a conversation that is followed: more of it, what is being written, or its end. */
export type ConversationNews = { kind: 'page'; page: ConversationPage } | { kind: 'typing'; pieces: TypingPiece[] } | { kind: 'end'; to: number };

/** A run as one stretch of its conversation. */
export const conversationRunSchema = z.object({
  id: z.uuid(),
  number: z.number().int(),
  /** The beginning of its prompt. */
  promptStart: z.string(),
  status: runStatusSchema,
  createdAt: z.date(),
  startedAt: z.date().nullable(),
  finishedAt: z.date().nullable(),
  usage: runUsageSchema,
  changedFiles: z.number().int(),
  /** The built-in simulator answered it, and it cost nothing. */
  simulated: z.boolean(),
  /** Set when what was said in it was removed. */
  detailsRemovedAt: z.date().nullable(),
});
export type ConversationRun = z.infer<typeof conversationRunSchema>;
