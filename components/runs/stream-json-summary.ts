import { formatDuration } from '@/components/ui/durations';

/** One line of the readable log: what happened, in a few words. */
export interface LogSummary {
  kind: 'session' | 'text' | 'thinking' | 'tool' | 'tool-result' | 'tool-error' | 'prompt' | 'result' | 'result-error' | 'note';
  label: string;
  text: string;
}

/** Beyond this nothing is parsed for display: it would stop the page for a moment. Raw shows it. */
const maxParsedCharacters = 2 * 1024 * 1024;
const maxShownCharacters = 8_000;

/**
 * Reads one stream-json line of the CLI. Null when the line is not JSON or of a kind that is not known here: the caller shows it as it came.
 * The kinds and fields are those seen from versions 2.0.31 to the newest; unknown fields are ignored.
 */
export function summarizeStreamJson(line: string): LogSummary[] | null {
  if (line.length > maxParsedCharacters) return null;
  const event = parseObject(line);
  if (!event) return null;
  switch (event['type']) {
    case 'system':
      return systemSummary(event);
    case 'assistant':
      return blocksOf(event).flatMap(assistantBlock);
    case 'user':
      return blocksOf(event).flatMap(userBlock);
    case 'result':
      return [resultSummary(event)];
    case 'control_response':
      return [{ kind: 'note', label: 'Control', text: 'Request answered' }];
    default:
      return null;
  }
}

function systemSummary(event: Fields): LogSummary[] | null {
  const subtype = text(event['subtype']);
  if (subtype === 'init') {
    return [{ kind: 'session', label: 'Session', text: [text(event['model']), withPrefix('Claude Code ', text(event['claude_code_version'])), text(event['cwd'])].filter(Boolean).join(' · ') }];
  }
  if (subtype === 'api_retry') {
    return [{ kind: 'note', label: 'Retry', text: `The API answered ${text(event['error_status']) || 'an error'}; attempt ${text(event['attempt'])} of ${text(event['max_retries'])}` }];
  }
  if (subtype === 'status') return [{ kind: 'note', label: 'Status', text: text(event['status']) || 'ready' }];
  if (subtype === 'compact_boundary') return [{ kind: 'note', label: 'Context', text: 'Earlier messages were summarised to make room' }];
  return null;
}

function assistantBlock(block: Fields): LogSummary[] {
  if (block['type'] === 'text') return [{ kind: 'text', label: 'Claude', text: shorten(text(block['text']).trim()) }];
  if (block['type'] === 'thinking') return [{ kind: 'thinking', label: 'Thinking', text: shorten(text(block['thinking']).trim()) || 'Thinking' }];
  if (block['type'] === 'tool_use') return [{ kind: 'tool', label: text(block['name']) || 'Tool', text: firstLine(withoutWorktree(toolSubject(block['input']))) }];
  return [{ kind: 'note', label: text(block['type']) || 'Block', text: '' }];
}

/** Paths as the repository has them: the run's own directory says nothing to a reader. */
export function withoutWorktree(value: string): string {
  return value.replaceAll(/\/workspace\/worktrees\/[0-9a-f-]{36}\//g, '');
}

/** The one input that says most, by the names that the CLI's own tools use. */
export function toolSubject(input: unknown): string {
  const fields = asFields(input);
  if (!fields) return '';
  for (const name of ['command', 'file_path', 'path', 'notebook_path', 'pattern', 'url', 'query', 'description', 'prompt', 'skill']) {
    if (typeof fields[name] === 'string') return fields[name];
  }
  const todos = fields['todos'];
  if (Array.isArray(todos)) return `${todos.length} ${todos.length === 1 ? 'item' : 'items'}`;
  return Object.keys(fields).length === 0 ? '' : JSON.stringify(fields).slice(0, 200);
}

function userBlock(block: Fields): LogSummary[] {
  if (block['type'] === 'tool_result') {
    const failed = block['is_error'] === true;
    const said = contentText(block['content']).trim();
    return [{ kind: failed ? 'tool-error' : 'tool-result', label: failed ? 'Failed' : 'Result', text: firstLine(withoutWorktree(said)) || 'no output' }];
  }
  if (block['type'] === 'text') return [{ kind: 'prompt', label: 'Prompt', text: shorten(text(block['text']).trim()) }];
  return [{ kind: 'note', label: text(block['type']) || 'Block', text: '' }];
}

function resultSummary(event: Fields): LogSummary {
  const failed = event['is_error'] === true || text(event['subtype']) !== 'success';
  if (!failed) return { kind: 'result', label: 'Done', text: resultFigures(event) };
  const said = text(event['result']).trim() || text(event['subtype']).replaceAll('_', ' ');
  return { kind: 'result-error', label: 'Ended with an error', text: shorten(said) };
}

/** The result repeats Claude's last message, which stands above already; how long it took is what is new. */
function resultFigures(event: Fields): string {
  const turns = event['num_turns'];
  const ms = event['duration_ms'];
  return [typeof turns === 'number' && `${turns} ${turns === 1 ? 'turn' : 'turns'}`, typeof ms === 'number' && formatDuration(ms)].filter(Boolean).join(' · ');
}

type Fields = Record<string, unknown>;

function blocksOf(event: Fields): Fields[] {
  const content = asFields(event['message'])?.['content'];
  if (typeof content === 'string') return [{ type: 'text', text: content }];
  return Array.isArray(content) ? content.map((block: unknown) => asFields(block)).filter((block) => block !== null) : [];
}

function contentText(content: unknown): string {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return '';
  return content.map((part) => text(asFields(part)?.['text'])).join('\n');
}

function asFields(value: unknown): Fields | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : null;
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : typeof value === 'number' ? String(value) : '';
}

function withPrefix(prefix: string, value: string): string {
  return value && prefix + value;
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

function parseObject(line: string): Fields | null {
  try {
    return asFields(JSON.parse(line));
  } catch {
    return null; // a line that only looks like JSON
  }
}
