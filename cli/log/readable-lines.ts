import { z } from 'zod';
import { visibleLine } from '@/cli/output/visible-text';

/** As much of a line of Claude Code's stream as a reader of words needs. Everything is optional: the stream differs from version to version, and it comes out of a container. */
const lineSchema = z.object({
  type: z.string(),
  subtype: z.string().optional(),
  message: z.object({ content: z.union([z.string(), z.array(z.unknown())]) }).optional(),
  is_error: z.boolean().optional(),
  result: z.string().optional(),
  model: z.string().optional(),
  total_cost_usd: z.number().optional(),
  num_turns: z.number().optional(),
  parent_tool_use_id: z.string().nullish(),
});
const blockSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('text'), text: z.string() }),
  z.object({ type: z.literal('tool_use'), name: z.string(), input: z.record(z.string(), z.unknown()).catch({}) }),
  z.object({ type: z.literal('tool_result'), is_error: z.boolean().nullish(), content: z.unknown() }),
]);
type Line = z.infer<typeof lineSchema>;

/** What of a tool's input says most, in this order. */
const TELLING = ['command', 'file_path', 'path', 'pattern', 'url', 'query', 'description', 'prompt'];
const LONGEST_DETAIL = 160;

/** A line of the log as words, one or more lines with their ends; empty where a reader misses nothing. What is no line of Claude's stays as it is. */
export function readableLine(text: string): string {
  const parsed = lineSchema.safeParse(parseJson(text));
  if (!parsed.success) return text.trim() === '' ? '' : `${text}\n`;
  const line = parsed.data;
  if (line.type === 'system') return line.subtype === 'init' ? `Claude Code begins${line.model ? ` (${line.model})` : ''}.\n` : '';
  if (line.type === 'result') return resultWords(line);
  if (line.type !== 'assistant' && line.type !== 'user') return '';
  const content = line.message?.content ?? [];
  if (typeof content === 'string') return '';
  const inside = line.parent_tool_use_id ? '  ' : '';
  return content.map((block) => blockWords(block, line.type)).filter(Boolean).map((words) => `${inside}${words}\n`).join('');
}

function blockWords(raw: unknown, from: string): string {
  const block = blockSchema.safeParse(raw);
  if (!block.success) return '';
  if (block.data.type === 'text') return from === 'assistant' ? `\n${block.data.text.trim()}` : '';
  if (block.data.type === 'tool_use') return `● ${block.data.name}${detailOf(block.data.input)}`;
  return block.data.is_error ? `  ✗ ${short(firstText(block.data.content))}` : '';
}

function detailOf(input: Record<string, unknown>): string {
  const telling = TELLING.map((name) => input[name]).find((value) => typeof value === 'string' && value !== '');
  return typeof telling === 'string' ? ` ${short(telling)}` : '';
}

function firstText(content: unknown): string {
  if (typeof content === 'string') return content;
  const first: unknown = Array.isArray(content) ? content[0] : null;
  const text = z.object({ text: z.string() }).safeParse(first);
  return text.success ? text.data.text : 'It failed.';
}

function resultWords(line: Line): string {
  const about = [line.num_turns === undefined ? null : `${line.num_turns} turns`, line.total_cost_usd === undefined ? null : `$${line.total_cost_usd.toFixed(2)}`].filter(Boolean).join(', ');
  const failed = line.is_error === true || (line.subtype !== undefined && line.subtype !== 'success');
  const why = failed && line.result ? `: ${short(line.result)}` : '.';
  return `\nClaude Code has ended${about ? ` (${about})` : ''}${failed ? ' with an error' : ''}${why}\n`;
}

function short(text: string): string {
  const line = visibleLine(text.slice(0, LONGEST_DETAIL * 4));
  return line.length > LONGEST_DETAIL ? `${line.slice(0, LONGEST_DETAIL - 1)}…` : line;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
