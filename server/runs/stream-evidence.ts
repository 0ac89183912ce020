import { z } from 'zod';
import type { LimitSaid, StreamEvidence } from '@/server/runs/judge-parking';
import { lastPayload, payloadsOf, type LogStretch } from '@/server/runs/run-events';
import { jsonOf } from '@/server/runs/stored-payload';

const limitSchema = z.object({ status: z.string(), resetsAt: z.number().int().positive().max(1e11).nullish(), rateLimitType: z.string().max(64).nullish() });
const limitEventSchema = z.object({ type: z.literal('rate_limit_event'), rate_limit_info: limitSchema });
const messageSchema = z.object({
  type: z.literal('assistant'),
  error: z.string().nullish(),
  message: z.object({ model: z.string().nullish() }).optional(),
  api_error_params: z.object({ rate_limit_info: limitSchema.optional() }).nullish(),
});

/** The CLI tells each time that it asks once more; `error_status` is null when there was no answer at all. 2.0.31 does not tell. */
const retrySchema = z.object({ attempt: z.number(), max_retries: z.number(), error_status: z.number().nullish() });

/** Failed tries in a row are few; more messages than this are never needed to find a real one. */
const MESSAGES_LOOKED_AT = 100;

/** What the stream of an attempt says about its end. */
export async function readStreamEvidence(runId: string, stretch: LogStretch): Promise<StreamEvidence> {
  const message = messageSchema.safeParse(jsonOf(await lastPayload(runId, 'assistant', stretch))).data;
  const event = limitEventSchema.safeParse(jsonOf(await lastPayload(runId, 'rate_limit_event', stretch))).data;
  const retry = retrySchema.safeParse(jsonOf(await lastPayload(runId, 'system', stretch, 'api_retry'))).data;
  const unanswered = retry !== undefined && retry.attempt >= retry.max_retries && (retry.error_status ?? null) === null;
  return { lastError: message?.error ?? null, unanswered, limit: rejected(event?.rate_limit_info) ?? rejected(message?.api_error_params?.rate_limit_info) };
}

/** True when Claude itself has answered in this stretch: not only the CLI, which words errors as messages of its own. */
export async function hasTurn(runId: string, stretch: LogStretch): Promise<boolean> {
  const messages = await payloadsOf(runId, ['assistant'], stretch, MESSAGES_LOOKED_AT);
  return messages.some((payload) => {
    const message = messageSchema.safeParse(jsonOf(payload)).data;
    return message !== undefined && !message.error && message.message?.model !== '<synthetic>';
  });
}

function rejected(info: z.infer<typeof limitSchema> | undefined): LimitSaid | null {
  if (info?.status !== 'rejected') return null;
  return { resetsAt: info.resetsAt ? new Date(info.resetsAt * 1_000) : null, type: info.rateLimitType ?? null };
}
