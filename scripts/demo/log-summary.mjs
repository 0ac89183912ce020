/**
 * Turns the live log (stream-json) into lines for a terminal. Pieces may be cut anywhere; whole lines come out. Kinds that are not
 * known are shown by name, never dropped; text that is not JSON is shown as it is.
 */
export class LogSummary {
  #rest = '';

  /** @param {string} text the next piece @returns {string[]} */
  push(text) {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() ?? '';
    return lines.flatMap(summarize);
  }
}

function summarize(line) {
  let event;
  try {
    event = JSON.parse(line);
  } catch {
    return line.trim() ? [line] : [];
  }
  if (event.type === 'stream_event') return []; // the whole message follows
  if (event.type === 'assistant' || event.type === 'user') return blocks(event.message?.content);
  if (event.type === 'system' && event.subtype === 'init') return [`▸ Claude Code ${event.claude_code_version ?? ''}, ${event.model ?? 'default model'}`];
  if (event.type === 'result') return [`▸ result: ${event.subtype}`];
  return [`▸ ${event.type}${event.subtype ? `/${event.subtype}` : ''}`];
}

function blocks(content) {
  if (typeof content === 'string') return [content];
  return (content ?? []).map((block) => {
    if (block.type === 'text') return `  ${block.text}`;
    if (block.type === 'tool_use') return `  → ${block.name} ${block.input?.command ?? block.input?.file_path ?? ''}`;
    if (block.type === 'tool_result') return `  ← ${firstLine(block.content)}`;
    return `  [${block.type}]`;
  });
}

function firstLine(content) {
  const text = typeof content === 'string' ? content : (content ?? []).map((part) => part.text ?? '').join('');
  return text.split('\n')[0].slice(0, 120);
}
