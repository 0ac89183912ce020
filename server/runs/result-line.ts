import { z } from 'zod';
import { parseShallowJson } from '@/contract/nested-json';
import type { RunUsage } from '@/contract/run';

/** A container may write any number; the columns take whole ones, and sums of them must fit. */
const MOST_TOKENS = 1e12;
const MOST_TURNS = 1_000_000;
const MOST_DOLLARS = 1e9;
const tokens = z.number().int().min(0).max(MOST_TOKENS).catch(0);
const usageSchema = z.object({
  input_tokens: tokens,
  output_tokens: tokens,
  cache_read_input_tokens: tokens,
  cache_creation_input_tokens: tokens,
});

const resultSchema = z.object({
  type: z.literal('result'),
  subtype: z.string(),
  is_error: z.boolean().default(false),
  result: z.string().optional(),
  errors: z.array(z.unknown()).optional(),
  num_turns: z.number().int().min(0).max(MOST_TURNS).optional().catch(undefined),
  total_cost_usd: z.number().min(0).max(MOST_DOLLARS).optional().catch(undefined),
  permission_denials: z.array(z.unknown()).optional(),
  api_error_status: z.number().nullish(),
  usage: usageSchema.optional(),
});

/** The line with which the CLI ends a turn, as far as Anyon reads it. Unknown fields are normal. */
export interface ResultLine {
  subtype: string;
  isError: boolean;
  text: string | null;
  errors: string[];
  permissionDenials: number;
  /** What the API answered, when that is what ended the turn. */
  apiErrorStatus: number | null;
  /** Tokens and turns are this line's own; the cost is the whole session's, which the CLI adds up over its starts. */
  usage: RunUsage | null;
}

/** Null when the payload is not a result line. */
export function parseResultLine(payload: string): ResultLine | null {
  const parsed = resultSchema.safeParse(parseShallowJson(payload));
  if (!parsed.success) return null;
  const line = parsed.data;
  return {
    subtype: line.subtype,
    isError: line.is_error,
    text: line.result ?? null,
    errors: (line.errors ?? []).map((error) => (typeof error === 'string' ? error : JSON.stringify(error))),
    permissionDenials: line.permission_denials?.length ?? 0,
    apiErrorStatus: line.api_error_status ?? null,
    usage: line.usage ? toUsage(line.usage, line.total_cost_usd ?? null, line.num_turns ?? null) : null,
  };
}

/**
 * What a start has used, by all of its result lines: one process writes several when it is told something more, or when a sub-agent ends
 * behind its turn. Tokens and turns are each line's own; the cost is the last one's, which has all before it in it. Null without any usage.
 */
export function usageOfResults(lines: readonly ResultLine[]): RunUsage | null {
  const all = lines.map(({ usage }) => usage).filter((usage) => usage !== null);
  const last = all.at(-1);
  if (!last) return null;
  const total = (key: 'inputTokens' | 'outputTokens' | 'cacheReadTokens' | 'cacheWriteTokens') => all.reduce((sum, usage) => sum + usage[key], 0);
  const turns = all.map((usage) => usage.turns).filter((count) => count !== null);
  return {
    inputTokens: total('inputTokens'),
    outputTokens: total('outputTokens'),
    cacheReadTokens: total('cacheReadTokens'),
    cacheWriteTokens: total('cacheWriteTokens'),
    costUsd: last.costUsd,
    turns: turns.length > 0 ? turns.reduce((sum, count) => sum + count, 0) : null,
  };
}

const assistantSchema = z.object({ type: z.literal('assistant'), message: z.object({ id: z.string(), usage: usageSchema }) });

/**
 * Tokens of a run that left no result line: the CLI repeats a message's usage on each of its lines, so the last one of each
 * message id counts. Cost is unknown then.
 */
export function usageOfMessages(payloads: Iterable<string>): RunUsage {
  const byMessage = new Map<string, z.infer<typeof usageSchema>>();
  for (const payload of payloads) {
    const parsed = assistantSchema.safeParse(parseShallowJson(payload));
    if (parsed.success) byMessage.set(parsed.data.message.id, parsed.data.message.usage);
  }
  const total = { input_tokens: 0, output_tokens: 0, cache_read_input_tokens: 0, cache_creation_input_tokens: 0 };
  for (const usage of byMessage.values()) for (const key of Object.keys(total) as (keyof typeof total)[]) total[key] += usage[key];
  return toUsage(total, null, null);
}

function toUsage(usage: z.infer<typeof usageSchema>, costUsd: number | null, turns: number | null): RunUsage {
  return {
    inputTokens: usage.input_tokens,
    outputTokens: usage.output_tokens,
    cacheReadTokens: usage.cache_read_input_tokens,
    cacheWriteTokens: usage.cache_creation_input_tokens,
    costUsd,
    turns,
  };
}
