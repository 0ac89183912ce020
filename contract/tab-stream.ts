import { z } from 'zod';

/** What one tab may follow at a time. */
export const MAX_SUBSCRIPTIONS = 32;
/** Of one subscription's input, written as JSON. */
const MAX_INPUT_CHARACTERS = 16_384;

/** One subscription of a tab: the path and the input that it would have on its own, and a number that the tab gives out once in a stream. */
const subscriptionInput = z.strictObject({
  id: z.number().int().min(1).max(2 ** 31),
  path: z.string().min(1).max(100),
  input: z.unknown().refine((input) => (JSON.stringify(input) ?? '').length <= MAX_INPUT_CHARACTERS, 'This is too much to ask for.'),
});
export type SubscriptionInput = z.infer<typeof subscriptionInput>;

export const followTabStreamInput = z.strictObject({ subscriptions: z.array(subscriptionInput).max(MAX_SUBSCRIPTIONS).default([]) });

/** Sent again after a failure it changes nothing twice. */
export const changeTabStreamInput = z.strictObject({
  streamId: z.uuid(),
  add: z.array(subscriptionInput).max(MAX_SUBSCRIPTIONS),
  drop: z.array(subscriptionInput.shape.id).max(1_000),
});
export type ChangeTabStreamInput = z.infer<typeof changeTabStreamInput>;

/**
 * What travels in a tab's stream: first its own id and which build the server is of (one of before does not say), then of each subscription `started` once it was let through, its events, and how it ended. `eventId`
 * is what the subscription goes on from after a break; `error` has the shape that the error of any other call has.
 */
export type TabStreamEvent =
  | { kind: 'opened'; streamId: string; build?: string }
  | { kind: 'started'; id: number }
  | { kind: 'data'; id: number; eventId: string | null; data: unknown }
  | { kind: 'error'; id: number; error: unknown }
  | { kind: 'done'; id: number };
