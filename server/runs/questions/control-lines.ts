import { z } from 'zod';
import type { RunEventLine } from '@/contract/run-event';

/** What is looked at of a line. */
type Line = Pick<RunEventLine, 'kind' | 'offset'> & { payload: string | null };

/** A request of the CLI's that waits for an answer. */
export interface ControlRequest {
  requestId: string;
  /** `can_use_tool`, or something that is not known here. */
  subtype: string;
  toolName: string;
  toolUseId: string | null;
  input: unknown;
  /** Rules that would allow it from now on, as the CLI suggests them. */
  suggestions: unknown[];
  /** Where it stands in the log. */
  offset: number;
}

const requestSchema = z.object({
  request_id: z.string().min(1).max(200),
  request: z.object({
    subtype: z.string().max(100).catch('nameless'),
    tool_name: z.string().max(500).nullish().catch(null),
    tool_use_id: z.string().max(200).nullish().catch(null),
    input: z.unknown().optional(),
    permission_suggestions: z.array(z.unknown()).max(100).nullish().catch(null),
  }),
});
const cancelSchema = z.object({ request_id: z.string() });
const toolResultsSchema = z.object({ message: z.object({ content: z.array(z.unknown()) }) });
const toolResultSchema = z.object({ type: z.literal('tool_result'), tool_use_id: z.string() });

/** What these lines ask of a person. A line that claims to be a request and is none asks nothing: it could not be answered. */
export function requestsIn(lines: readonly Line[]): ControlRequest[] {
  return parsed(lines, 'control_request', requestSchema).map(({ data: { request_id, request }, offset }) => ({
    requestId: request_id,
    subtype: request.subtype,
    toolName: request.tool_name ?? request.subtype,
    toolUseId: request.tool_use_id ?? null,
    input: request.input ?? null,
    suggestions: request.permission_suggestions ?? [],
    offset,
  }));
}

/** Requests that the CLI has taken back. */
export function cancelsIn(lines: readonly Line[]): string[] {
  return parsed(lines, 'control_cancel_request', cancelSchema).map(({ data }) => data.request_id);
}

/** Uses of tools that have their result: whatever was asked about them is settled. */
export function settledToolUsesIn(lines: readonly Line[]): string[] {
  const blocks = parsed(lines, 'user', toolResultsSchema).flatMap(({ data }) => data.message.content);
  return blocks.flatMap((block) => toolResultSchema.safeParse(block).data?.tool_use_id ?? []);
}

function parsed<Data>(lines: readonly Line[], kind: string, schema: z.ZodType<Data>): { data: Data; offset: number }[] {
  return lines.flatMap(({ kind: found, payload, offset }) => {
    if (found !== kind || payload === null) return [];
    const result = schema.safeParse(jsonOf(payload));
    return result.success ? [{ data: result.data, offset }] : [];
  });
}

/** Null for what is no JSON: masking may have gone through it. */
export function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
