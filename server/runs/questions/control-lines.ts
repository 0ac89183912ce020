import { z } from 'zod';
import { parseShallowJson } from '@/contract/nested-json';
import type { RunEventLine } from '@/contract/run-event';
import { closeCutJson } from '@/server/runs/questions/close-cut-json';

/** What is looked at of a line. `isCut`: the payload is only its beginning. */
interface Line extends Pick<RunEventLine, 'kind' | 'offset'> {
  payload: string | null;
  isCut?: boolean;
}

/** An answer has to go back in one piece with the tool's input, and the CLI's input takes no more than 1 MiB at once. */
const MAX_ANSWERABLE_BYTES = 1024 * 1024 - 16 * 1024;
/** So much is kept of a request that is longer. */
const MAX_KEPT_CHARACTERS = 64 * 1024;

/** The line as a question is made of it: of one that is too long for an answer only the beginning. */
export function asAsked({ kind, offset, payload, head, bytes }: RunEventLine): Line {
  if (head !== undefined) return { kind: 'control_request', offset, payload: closeCutJson(head), isCut: true };
  if (kind !== 'control_request' || payload === null || bytes <= MAX_ANSWERABLE_BYTES) return { kind, offset, payload };
  return { kind, offset, payload: closeCutJson(payload.slice(0, MAX_KEPT_CHARACTERS).toWellFormed()), isCut: true };
}

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
  /** It is too long to be answered with its input; this is the beginning of it. */
  isCut: boolean;
}

const requestSchema = z.object({
  type: z.literal('control_request'),
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
  return parsed(lines, 'control_request', requestSchema).map(({ data: { request_id, request }, offset, isCut }) => ({
    requestId: request_id,
    subtype: request.subtype,
    toolName: request.tool_name ?? request.subtype,
    toolUseId: request.tool_use_id ?? null,
    input: request.input ?? null,
    suggestions: request.permission_suggestions ?? [],
    offset,
    isCut,
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

function parsed<Data>(lines: readonly Line[], kind: string, schema: z.ZodType<Data>): { data: Data; offset: number; isCut: boolean }[] {
  return lines.flatMap(({ kind: found, payload, offset, isCut = false }) => {
    if (found !== kind || payload === null) return [];
    const result = schema.safeParse(jsonOf(payload));
    return result.success ? [{ data: result.data, offset, isCut }] : [];
  });
}

/** Null for what is no JSON: masking may have gone through it, or it is nested deeper than anything that is meant. */
export const jsonOf = parseShallowJson;
