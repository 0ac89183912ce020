import { describe, expect, it } from 'vitest';
import { lastSaidIn, lastSentence } from '@/server/runs/last-said';
import { parseStreamJsonLine } from '@/server/runs/stream-json';
import { maskedBefore } from '@/server/secrets/masked-text';

const lines = (...events: unknown[]) => events.flatMap((event, index) => parseStreamJsonLine(maskedBefore(Buffer.from(JSON.stringify(event))), index, 1) ?? []);
const says = (text: string, parent: string | null = null) => ({ type: 'assistant', parent_tool_use_id: parent, message: { content: [{ type: 'text', text }] } });

describe('what Claude said last', () => {
  it('is its newest words, not those of a sub-agent, a tool or a person', () => {
    const user = { type: 'user', message: { content: [{ type: 'text', text: 'no' }] } };
    const tool = { type: 'assistant', message: { content: [{ type: 'tool_use', id: 't', name: 'Bash', input: {} }] } };
    expect(lastSaidIn(lines(says('first'), says('second'), says('  '), says('third', 'toolu_1'), tool, user))).toBe('second');
    expect(lastSaidIn(lines(tool, { type: 'assistant' }, { type: 'assistant', message: 3 }))).toBeNull();
  });

  it.each([
    ['I looked. All tests pass now.', 'All tests pass now.'],
    ['## Done\n\n- **Fixed** the `parser` in [src/a.ts](src/a.ts)', 'Fixed the parser in src/a.ts'],
    ['See this:\n```ts\nconst a = 1;\n```', 'See this:'],
    ['Version 1.2.3 is out', 'Version 1.2.3 is out'],
    ['Shall I go on?', 'Shall I go on?'],
    ['Keep snake_case_names and 2 * 3 * 4.', 'Keep snake_case_names and 2 * 3 * 4.'],
    ['```\nonly code\n```', ''],
  ])('%j becomes %j', (markdown, sentence) => expect(lastSentence(markdown)).toBe(sentence));

  it('has at most 300 characters', () => {
    expect(lastSentence(`${'word '.repeat(200)}.`)).toMatch(/^word .{280,} …$/);
    expect(lastSentence('😀'.repeat(500)).length).toBeLessThanOrEqual(300);
  });
});
