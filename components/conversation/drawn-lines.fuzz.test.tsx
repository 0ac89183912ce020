import { renderToStaticMarkup } from 'react-dom/server';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HeldConversation } from '@/components/conversation/held-conversation';
import { ItemView } from '@/components/conversation/item-view';
import { UnfoldingProvider } from '@/components/conversation/unfolded';
import { AnsiText } from '@/components/logs/ansi-text';
import { LiveMessage } from '@/components/logs/live-message';
import { summarizeStreamJson } from '@/components/runs/stream-json-summary';
import { MarkdownText } from '@/components/ui/markdown';
import { growsStraight, holdsFor } from '@/tests/setup/fuzzing';
import { deepJson, nearly, nearlyText, strangeValue } from '@/tests/setup/hostile-bytes';
import { eventAt, realLines, storedEvents } from '@/tests/setup/conversation-events';

const real = realLines('2.1.329').map((line) => JSON.parse(line) as unknown);
const lines = nearly(real).map((value) => JSON.stringify(value));
const kinds = ['assistant', 'user', 'system', 'result', 'rate_limit_event', 'control_request', 'control_response', 'text', 'oversized', 'new_kind'];
/** Elements and attributes that act; a text may hold the letters, escaped. */
const acts = /<(?:script|img|iframe|object|embed|style|link|form)|\son\w+=|(?:href|src)="(?!https?:|mailto:|#)[a-z]+:/i;

function conversationOf(given: readonly string[]) {
  const held = new HeldConversation();
  held.add(storedEvents(given));
  return held;
}

describe('lines of a container on a page', () => {
  it('become a conversation, whatever they are and in whatever kind', async () => {
    await holdsFor(fc.array(lines, { maxLength: 8 }), (given) => {
      const { turns } = conversationOf(given).state();
      const items = turns.flatMap((turn) => turn.items);
      const html = renderToStaticMarkup(<UnfoldingProvider>{items.map((item) => <ItemView key={item.key} item={item} live={false} simulated={false} />)}</UnfoldingProvider>);
      expect(html).not.toMatch(acts);
    }, 60);
    await holdsFor(fc.tuple(fc.constantFrom(...kinds), fc.oneof(lines, strangeValue.map((value) => JSON.stringify(value)))), ([kind, payload]) => void conversationOf([]).add([eventAt(0, payload.length + 1, kind, payload)]));
  });

  it('become summaries in the log, or are shown as they came', async () => {
    await holdsFor(lines, (line) => {
      for (const { text, label } of summarizeStreamJson(line) ?? []) expect(typeof text === 'string' && typeof label === 'string').toBe(true);
      new LiveMessage().feed(line);
    });
    const request = `{"type":"control_request","request":{"subtype":"can_use_tool","tool_name":"X","input":{"deep":${deepJson('1')}}}}`;
    expect(summarizeStreamJson(request)).toBeNull();
    expect(conversationOf([request, `{"type":"assistant","message":{"content":[{"type":"new","deep":${deepJson('1')}}]}}`]).state().turns.flatMap((turn) => turn.items).map(({ kind }) => kind)).toEqual(['raw']); // neighbours of plain text
  });

  it('cost time by their length', async () => {
    await growsStraight((size) => Array.from({ length: size / 64 }, (_, at) => JSON.stringify({ type: 'assistant', message: { id: `m${at}`, content: [{ type: 'tool_use', id: `t${at}`, name: 'Bash', input: {} }] } })), (given) => conversationOf(given).state());
    const call = (id: string, parent: string | null) => JSON.stringify({ type: 'assistant', parent_tool_use_id: parent, message: { id: 'm', content: [{ type: 'tool_use', id, name: 'Task', input: {} }] } });
    await growsStraight((size) => Array.from({ length: size / 64 }, (_, at) => call(`t${at}`, at === 0 ? null : `t${at - 1}`)), (given) => conversationOf(given).state());
    await growsStraight((size) => Array.from({ length: size / 64 }, (_, at) => call(`t${at}`, at === 0 ? null : 't0')), (given) => conversationOf(given).state());
    await growsStraight((size) => [JSON.stringify({ type: 'assistant', message: { content: Array.from({ length: size / 32 }, () => ({ type: 'text', text: 'x' })) } })], (given) => conversationOf(given).state());
    await growsStraight((size) => Array.from({ length: size / 2 }, () => 'x'), (given) => conversationOf(given).state());
  });
});

/** The longest line that is shown, and the longest beginning of a text. */
const LONGEST_LINE = 64 * 1024;

describe('text of a container on a page', () => {
  it('with colours is text in colours and nothing else', async () => {
    await holdsFor(nearlyText(['\u001b[31mred\u001b[0m', '\u001b[38;5;196m', '\u001b[38;2;1;2;3m', '\u001b]8;;javascript:alert(1)\u0007link\u001b]8;;\u0007', '<img src=x onerror=alert(1)>', '\u001b[999999999999m', '\u001b[;;;;m', '"><script>']), (text) => {
      expect(renderToStaticMarkup(<AnsiText text={text} />).replaceAll(/<\/?span[^>]*>/g, '')).not.toMatch(/<[a-z]/i);
    });
  });

  it.each(['\u001b[31m', '\u001b[', '\u001b[1m\u001b[0m', '\u001b[38;5;', '\u001b]8;;', 'x\u001b[3;4;5m', '\u001b'])('with %j in it costs time by its length', async (piece) => {
    await growsStraight((size) => piece.repeat(size / piece.length), (text) => renderToStaticMarkup(<AnsiText text={text} />), LONGEST_LINE / 4);
  });

  it('as Markdown never acts', async () => {
    await holdsFor(nearlyText(['[a](javascript:alert(1))', '![x](http://evil/p.png)', '<script>alert(1)</script>', '[a]: data:text/html,x\n\n[a]', '| a | b |\n|---|---|\n| c | d |\n', '```js\ncode\n```\n', '**b** _i_ ~~s~~', 'www.example.org', '- [ ] do\n', '> > q\n', '[^1]: note\n\n[^1]']), (text) => {
      expect(renderToStaticMarkup(<MarkdownText text={text} />)).not.toMatch(acts);
    }, 150);
  });
});
