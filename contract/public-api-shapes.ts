import { z } from 'zod';
import { tokenScopeSchema } from '@/contract/api-token';
import { diffFileSchema } from '@/contract/review';
import { logStreamSchema } from '@/contract/run-log';
import { runViewSchema } from '@/contract/run';

/*
 * Answers of the public API that are types alone elsewhere in the contract. They describe: tests/integration/public-api.test.ts holds real answers to
 * them. All text of a run in them is masked, and untrusted: it is what a program wrote.
 */

/** Who a token speaks for. */
export const tokenHolderSchema = z.object({
  person: z.object({ id: z.uuid(), login: z.string() }),
  token: z.object({ id: z.uuid(), name: z.string(), scopes: z.array(tokenScopeSchema), expiresAt: z.date() }),
});
export type TokenHolder = z.infer<typeof tokenHolderSchema>;

const offset = z.number().int().min(0);

/** Bytes `from` to `to` of a stream. Where `text` has another length as UTF-8, or holds U+FFFD, ask for the bytes themselves. */
export const runLogEventSchema = z.discriminatedUnion('end', [
  z.object({ end: z.literal(false), stream: logStreamSchema, from: offset, to: offset, text: z.string() }),
  z.object({ end: z.literal(true), out: offset, err: offset }),
]);

export const conversationPageSchema = z.object({
  events: z.array(
    z.object({
      offset,
      bytes: offset,
      kind: z.string(),
      subtype: z.string().nullable(),
      at: z.string().nullable(),
      storedAt: z.string().nullable(),
      /** A line of Claude Code's stream-json. */
      payload: z.string().nullable(),
      truncated: z.boolean(),
    }),
  ),
  /** Every event at or behind `from` and before `to` is here. */
  from: offset,
  to: offset,
});

export const conversationNewsSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('page'), page: conversationPageSchema }),
  z.object({ kind: z.literal('typing'), pieces: z.array(z.object({ block: offset, kind: z.enum(['text', 'thinking', 'tool']), name: z.string().nullable(), at: offset, text: z.string() })) }),
  z.object({ kind: z.literal('end'), to: offset }),
]);

export const runDiffSchema = z.object({ files: z.array(diffFileSchema), patch: z.string(), truncated: z.boolean(), live: z.boolean(), baseCommit: z.string().nullable() });

/** `startedRun` is null when it waits for its turn. */
export const addedFollowUpSchema = z.object({ followUpId: z.uuid(), startedRun: runViewSchema.nullable() });
