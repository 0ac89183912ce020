import { describe, expect, it } from 'vitest';
import { LogLines } from '@/server/runs/conversation/log-lines';
import { TypingBlocks } from '@/server/runs/conversation/typing-blocks';
import { createMasker } from '@/server/secrets/mask';

const masker = createMasker(['correct-horse']);
const partial = (event: object, parent: string | null = null) => JSON.stringify({ type: 'stream_event', event, parent_tool_use_id: parent });
const start = (type: string, more: object = {}) => partial({ type: 'content_block_start', index: 0, content_block: { type, ...more } });
const words = (text: string, parent: string | null = null) => partial({ type: 'content_block_delta', delta: { type: 'text_delta', text } }, parent);

function typed(...lines: string[]): TypingBlocks {
  const blocks = new TypingBlocks();
  lines.forEach((line, index) => blocks.take(line, index * 100, masker));
  return blocks;
}

describe('what Claude is writing', () => {
  it('grows piece by piece; who comes later gets it from its beginning', () => {
    const blocks = typed(partial({ type: 'message_start', message: { id: 'm' } }), start('text', { text: '' }), words('Hello'));
    const sent = new Map();
    expect(blocks.piecesFor(sent, masker)).toEqual([{ block: 100, kind: 'text', name: null, at: 0, text: 'Hello' }]);
    expect(blocks.piecesFor(sent, masker)).toEqual([]);
    blocks.take(words(' world'), 400, masker);
    expect(blocks.piecesFor(sent, masker)).toMatchObject([{ at: 5, text: ' world' }]);
    expect(blocks.piecesFor(new Map(), masker)).toMatchObject([{ at: 0, text: 'Hello world' }]);
  });

  it('hides a secret that comes in pieces, and begins the block anew where that changes what was shown', () => {
    const blocks = typed(start('text'), words('it is correct-'));
    const sent = new Map();
    blocks.piecesFor(sent, masker);
    blocks.take(words('horse, yes'), 400, masker);
    expect(blocks.piecesFor(sent, masker)).toMatchObject([{ at: 0, text: `it is ${'*'.repeat(13)}, yes` }]);
  });

  it('is gone when the next answer begins, and when its whole is stored', () => {
    const blocks = typed(start('thinking'), partial({ type: 'content_block_stop' }), start('tool_use', { name: 'Bash' }));
    expect(blocks.piecesFor(new Map(), masker)).toMatchObject([{ kind: 'thinking' }, { kind: 'tool', name: 'Bash' }]);
    blocks.settle(150);
    expect(blocks.piecesFor(new Map(), masker)).toMatchObject([{ kind: 'tool' }]);
    blocks.take(partial({ type: 'message_start', message: { id: 'n' } }), 900, masker);
    expect(blocks.piecesFor(new Map(), masker)).toEqual([]);
  });

  it('takes nothing from sub-agents, and nothing that it does not understand', () => {
    const blocks = typed(start('text'), words('of a sub-agent', 'toolu_1'), '{"type":"stream_event"', '{"type":"stream_event","event":7}', partial({ type: 'new_event' }));
    expect(blocks.piecesFor(new Map(), masker)).toMatchObject([{ text: '' }]);
  });
});

describe('lines of a log', () => {
  it('have their places in bytes, whatever the pieces', () => {
    const text = 'one\nzwölf 😀\n\nlast';
    for (let cut = 0; cut <= text.length; cut++) {
      const [head, tail] = [text.slice(0, cut).toWellFormed(), text.slice(cut).toWellFormed()];
      if (head + tail !== text) continue; // no piece ends within a character
      const lines = new LogLines(10);
      const middle = 10 + Buffer.byteLength(head);
      const found = [...lines.take({ from: 10, to: middle, text: head }), ...lines.take({ from: middle, to: middle + Buffer.byteLength(tail), text: tail })];
      expect(found).toEqual([{ text: 'one', from: 10, to: 14 }, { text: 'zwölf 😀', from: 14, to: 26 }, { text: '', from: 26, to: 27 }]);
    }
  });
});
