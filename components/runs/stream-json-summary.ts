import { fieldsOf, parseFields, textOf, type Fields } from '@/components/conversation/event-fields';
import type { LogSummary } from '@/components/runs/log-summary';
import { machinerySummary } from '@/components/runs/machinery-summary';
import { toolSubject, withoutWorktree } from '@/components/runs/tool-subject';
import { formatDuration } from '@/components/ui/durations';

const maxShownCharacters = 8_000;

/**
 * Reads one stream-json line of the CLI. Null when the line is not JSON or of a kind that is not known here: the caller shows it as it came.
 * The kinds and fields are those seen from versions 2.0.31 to the newest; unknown fields are ignored.
 */
export function summarizeStreamJson(line: string): LogSummary[] | null {
  const event = parseFields(line);
  if (!event) return null;
  switch (event['type']) {
    case 'assistant':
      return nonEmpty(blocksOf(event).map(assistantBlock));
    case 'user':
      return nonEmpty(blocksOf(event).map(userBlock));
    case 'result':
      return [resultSummary(event)];
    default:
      return machinerySummary(event);
  }
}

/** A message that says nothing is shown as it came, like everything that there are no words for. */
function nonEmpty(summaries: LogSummary[]): LogSummary[] | null {
  return summaries.length > 0 ? summaries : null;
}

function assistantBlock(block: Fields): LogSummary {
  if (block['type'] === 'text') return { kind: 'text', label: 'Claude', text: shorten(textOf(block['text']).trim()) };
  if (block['type'] === 'thinking') return { kind: 'thinking', label: 'Thinking', text: shorten(textOf(block['thinking']).trim()) || 'Thinking' };
  if (block['type'] === 'tool_use') return { kind: 'tool', label: textOf(block['name']) || 'Tool', text: firstLine(withoutWorktree(toolSubject(block['input']))) };
  return { kind: 'note', label: textOf(block['type']) || 'Block', text: '' };
}

function userBlock(block: Fields): LogSummary {
  if (block['type'] === 'tool_result') {
    const failed = block['is_error'] === true;
    const said = contentText(block['content']).trim();
    return { kind: failed ? 'tool-error' : 'tool-result', label: failed ? 'Failed' : 'Result', text: firstLine(withoutWorktree(said)) || 'no output' };
  }
  if (block['type'] === 'text') return { kind: 'prompt', label: 'Prompt', text: shorten(textOf(block['text']).trim()) };
  return { kind: 'note', label: textOf(block['type']) || 'Block', text: '' };
}

function resultSummary(event: Fields): LogSummary {
  const failed = event['is_error'] === true || textOf(event['subtype']) !== 'success';
  if (!failed) return { kind: 'result', label: 'Done', text: resultFigures(event) };
  const said = textOf(event['result']).trim() || textOf(event['subtype']).replaceAll('_', ' ');
  return { kind: 'result-error', label: 'Ended with an error', text: shorten(said) };
}

/** The result repeats Claude's last message, which stands above already; how long it took is what is new. */
function resultFigures(event: Fields): string {
  const turns = event['num_turns'];
  const ms = event['duration_ms'];
  return [typeof turns === 'number' && `${turns} ${turns === 1 ? 'turn' : 'turns'}`, typeof ms === 'number' && formatDuration(ms)].filter(Boolean).join(' · ');
}

function blocksOf(event: Fields): Fields[] {
  const content = fieldsOf(event['message'])?.['content'];
  if (typeof content === 'string') return [{ type: 'text', text: content }];
  return Array.isArray(content) ? content.map((block: unknown) => fieldsOf(block)).filter((block) => block !== null) : [];
}

function contentText(content: unknown): string {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return '';
  return content.map((part) => textOf(fieldsOf(part)?.['text'])).join('\n');
}

function firstLine(value: string): string {
  const end = value.indexOf('\n');
  if (end < 0) return value.slice(0, 400);
  const more = value.slice(end + 1).split('\n', 1000).length;
  return `${value.slice(0, Math.min(end, 400))} … ${more} more ${more === 1 ? 'line' : 'lines'}`;
}

function shorten(value: string): string {
  return value.length > maxShownCharacters ? `${value.slice(0, maxShownCharacters)} …` : value;
}
