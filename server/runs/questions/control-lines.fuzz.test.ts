import { describe, expect, it } from 'vitest';
import { alwaysInWords, alwaysRules } from '@/server/runs/questions/always-rules';
import { questionsIn } from '@/server/runs/questions/choice-questions';
import { closeCutJson } from '@/server/runs/questions/close-cut-json';
import { asAsked, cancelsIn, requestsIn, settledToolUsesIn } from '@/server/runs/questions/control-lines';
import { maskedJson } from '@/server/runs/questions/masked-json';
import { oversizedLine } from '@/server/runs/stream-json';
import { createMasker } from '@/server/secrets/mask';
import { maskedBefore, maskTokens } from '@/server/secrets/masked-text';
import { growsStraight, holdsFor } from '@/tests/setup/fuzzing';
import { deepJson, nearly, strangeValue } from '@/tests/setup/hostile-bytes';

const secret = 'correct-horse-battery';
const masker = createMasker([secret]);
const known = [
  { type: 'control_request', request_id: 'r1', request: { subtype: 'can_use_tool', tool_name: 'AskUserQuestion', tool_use_id: 't1', input: { questions: [{ question: 'Which?', header: 'H', multiSelect: false, options: [{ label: 'one', description: 'first' }] }] } } },
  { type: 'control_request', request_id: 'r2', request: { subtype: 'can_use_tool', tool_name: 'Bash', tool_use_id: 't2', input: { command: secret }, permission_suggestions: [{ type: 'addRules', behavior: 'allow', rules: [{ toolName: 'Bash', ruleContent: 'ls' }] }, { type: 'addDirectories', directories: ['/a'] }] } },
  { type: 'control_cancel_request', request_id: 'r1' },
  { type: 'user', message: { content: [{ type: 'tool_result', tool_use_id: 't1' }] } },
];

describe('questions in lines that may be anything', () => {
  it('are taken, or there are none, and nothing of them shows a secret', async () => {
    await holdsFor(nearly(known), (value) => {
      const payload = maskTokens(JSON.stringify(value));
      for (const kind of ['control_request', 'control_cancel_request', 'user']) {
        const line = asAsked({ kind, subtype: null, at: null, offset: 0, bytes: payload.length, payload, truncated: false });
        cancelsIn([line]);
        settledToolUsesIn([line]);
        for (const { input, suggestions } of requestsIn([line])) {
          expect(maskedJson(masker, input)).not.toContain(secret);
          expect(questionsIn(input).length).toBeLessThanOrEqual(10);
          alwaysRules(suggestions);
          expect((alwaysInWords(suggestions) ?? '').length).toBeLessThanOrEqual(500);
        }
      }
    });
    expect(requestsIn([{ kind: 'control_request', offset: 0, payload: `{"type":"control_request","request_id":"r","request":{"subtype":"can_use_tool","input":${deepJson('1')}}}` }])).toEqual([]);
  });

  it('are closed where they were cut, wherever that was, and hold nothing that was not there', async () => {
    await holdsFor(strangeValue, (value) => {
      const whole = JSON.stringify({ value });
      const step = Math.ceil(whole.length / 40);
      for (let length = 1; length <= whole.length; length += step) JSON.parse(closeCutJson(whole.slice(0, length)));
      expect(closeCutJson(whole)).toBe(whole);
    });
  });

  it.each(['[', '{"a":', '[{"a":[1],"b":"', '"', '\\', '[]', ',', '["\\u'])('take time by their length where %j stands again and again', async (piece) => {
    const beginning = (size: number) => `{"type":"control_request","request":${piece.repeat(size / piece.length)}`;
    await growsStraight(beginning, closeCutJson);
    await growsStraight((size) => oversizedLine(0, 2_000_000, maskedBefore(Buffer.from(beginning(size)))), (line) => requestsIn([asAsked(line)]));
  });
});
