import { renderToStaticMarkup } from 'react-dom/server';
import { describe, expect, it } from 'vitest';
import { HeldConversation } from '@/components/conversation/held-conversation';
import { ItemView } from '@/components/conversation/item-view';
import { UnfoldingProvider } from '@/components/conversation/unfolded';
import { realLines, storedEvents } from '@/tests/setup/conversation-events';

function drawn(lines: readonly string[], live = false, simulated = false): string {
  const held = new HeldConversation();
  held.add(storedEvents(lines));
  const items = held.state().turns.flatMap((turn) => turn.items);
  return renderToStaticMarkup(<UnfoldingProvider>{items.map((item) => <ItemView key={item.key} item={item} live={live} simulated={simulated} />)}</UnfoldingProvider>);
}

const json = (...lines: unknown[]) => lines.map((line) => JSON.stringify(line));
const says = (content: unknown, more: object = {}) => ({ type: 'assistant', message: { id: 'm', content }, ...more });
const calls = (name: string, input: unknown) => says([{ type: 'tool_use', id: 't', name, input }]);

describe('a conversation on the page', () => {
  it.each(['2.1.329', '2.1.112', '2.0.31'])('of %s shows words, calls, their standing, and an edit as a small diff', (version) => {
    const html = drawn(realLines(version));
    for (const words of ['I run a command.', 'echo hi; exit 3', '<strong>done</strong>', 'aria-label="Failed"', 'aria-label="Things to do"', 'A part of the work', 'three']) expect(html).toContain(words);
  });

  it('never takes text for HTML, loads no picture, and leaves only by http', () => {
    const html = drawn(
      json(
        says('<img src=x onerror=alert(1)> ![pixel](http://evil/p.png) [js](javascript:alert(1)) [web](https://example.org)'),
        calls('Bash', { command: '<script>alert(1)</script>' }),
        { type: 'user', message: { content: [{ type: 'tool_result', tool_use_id: 't', content: [{ type: 'image', source: { type: 'url', url: 'http://evil/q.png' } }, { type: 'text', text: '<b>x</b>' }] }] } },
        { type: '<i>kind</i>' },
      ),
    );
    expect(html).not.toMatch(/<img|<script|<b>|<i>|javascript:|src="http/);
    expect(html).toContain('rel="noopener noreferrer nofollow"');
  });

  it('shows the newest list of things to do in full, and the older ones in a line', () => {
    const list = (id: string, status: string) => says([{ type: 'tool_use', id, name: 'TodoWrite', input: { todos: [{ content: 'Mow the lawn', activeForm: 'Mowing the lawn', status }] } }]);
    const html = drawn(json(list('a', 'pending'), list('b', 'completed')));
    expect(html.match(/Mow the lawn/g)).toHaveLength(1);
    expect(html).toContain('0 of 1 done');
    expect(html).toContain('1 of 1 done');
  });

  it('says of a call without a result that it runs, or that it did not finish', () => {
    const lines = json(calls('Bash', { command: 'sleep 5' }));
    expect(drawn(lines, true)).toContain('aria-label="Running"');
    expect(drawn(lines)).toContain('aria-label="Did not finish"');
  });

  it('tells what an answer cost since the one before it, and of the simulator nothing', () => {
    const result = (total: number) => ({ type: 'result', subtype: 'success', num_turns: 1, total_cost_usd: total });
    const lines = json(says('one'), result(0.25), says('two'), result(0.29));
    expect(drawn(lines)).toContain('Done · 1 turn · $0.04');
    expect(drawn(lines, false, true)).not.toContain('$');
  });

  it('draws whatever a line may hold', () => {
    const odd = [null, 3, 'text', [], {}, [null, 3, {}], { command: 3 }, { todos: [1, null, {}] }, { edits: [null, 3] }, { prompt: {}, subagent_type: 'x' }];
    for (const input of odd) for (const name of ['Bash', 'TodoWrite', 'MultiEdit', 'Edit', 'Task', 'New']) expect(drawn(json(calls(name, input))).length).toBeGreaterThan(0);
    for (const content of odd) expect(typeof drawn(json(says(content), { type: 'user', message: { content } }, { type: 'result', subtype: content, usage: content }))).toBe('string');
  });
});
