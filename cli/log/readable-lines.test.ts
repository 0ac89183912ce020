import { describe, expect, it } from 'vitest';
import { readableLine } from '@/cli/log/readable-lines';
import { WholeLines } from '@/cli/log/whole-lines';

const said = (type: string, content: unknown, more = {}) => readableLine(JSON.stringify({ type, message: { role: type, content }, ...more }));

describe('a log in words', () => {
  it('is what Claude said, did, and what failed', () => {
    expect(readableLine('{"type":"system","subtype":"init","model":"claude-x"}')).toBe('Claude Code begins (claude-x).\n');
    expect(said('assistant', [{ type: 'text', text: ' Done. ' }])).toBe('\nDone.\n');
    expect(said('assistant', [{ type: 'tool_use', id: 't', name: 'Bash', input: { command: 'npm test\n# all', description: 'Test' } }])).toBe('● Bash npm test # all\n');
    expect(said('user', [{ type: 'tool_result', tool_use_id: 't', is_error: true, content: [{ type: 'text', text: 'not found' }] }])).toBe('  ✗ not found\n');
    expect(readableLine('{"type":"result","subtype":"success","num_turns":3,"total_cost_usd":0.123,"result":"x"}')).toBe('\nClaude Code has ended (3 turns, $0.12).\n');
    expect(readableLine('{"type":"result","subtype":"error_max_turns","is_error":true}')).toBe('\nClaude Code has ended with an error.\n');
  });

  it('leaves out what repeats or says nothing, and keeps what is no line of the stream', () => {
    expect(readableLine('{"type":"stream_event","event":{}}')).toBe('');
    expect(said('user', [{ type: 'tool_result', tool_use_id: 't', content: 'ok' }])).toBe('');
    expect(readableLine('fatal: out of words')).toBe('fatal: out of words\n');
    expect(readableLine('[1,2]')).toBe('[1,2]\n');
    expect(said('assistant', [{ type: 'tool_use', name: 7 }, null, 'x'])).toBe('');
  });

  it('N13 shows what a tool was given without letting it act', () => {
    expect(said('assistant', [{ type: 'tool_use', id: 't', name: 'Bash', input: { command: 'echo \x1b[2J' } }])).toBe('● Bash echo ␛[2J\n');
  });
});

describe('lines out of pieces', () => {
  it('are whole wherever the pieces were cut', () => {
    const bytes = Buffer.from('one\r\ntwo é 🙂\n\nlast');
    for (let size = 1; size <= bytes.length; size++) {
      const lines = new WholeLines();
      const got: (string | null)[] = [];
      for (let at = 0; at < bytes.length; at += size) got.push(...lines.take(bytes.subarray(at, at + size)));
      expect([...got, lines.end()]).toEqual(['one', 'two é 🙂', '', 'last']);
      expect(lines.end()).toBeNull();
    }
  });
});
