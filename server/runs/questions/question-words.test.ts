import { describe, expect, it } from 'vitest';
import { answerInWords, whatClaudeAsks } from '@/server/runs/questions/question-words';

describe('what Claude asks, in a sentence', () => {
  it.each([
    ['permission', 'Bash', { command: 'npm\n  test' }, 'Claude asks to run npm test'],
    ['permission', 'Write', { file_path: '/w/a.txt', content: 'x' }, 'Claude asks to write a.txt'],
    ['permission', 'Edit', { file_path: '/w/a.txt' }, 'Claude asks to change a.txt'],
    ['permission', 'WebFetch', { url: 'https://a.example/' }, 'Claude asks to fetch https://a.example/'],
    ['permission', 'mcp__x__y', { anything: 1 }, 'Claude asks to use mcp__x__y'],
    ['permission', 'Bash', { command: 7 }, 'Claude asks to use Bash'],
    ['permission', 'Bash', null, 'Claude asks to use Bash'],
    ['plan', 'ExitPlanMode', {}, 'Claude has a plan and asks whether it shall carry it out.'],
    ['choice', 'AskUserQuestion', { questions: [{ question: 'Which?' }] }, 'Claude asks: Which?'],
    ['other', 'new_thing', null, 'Claude Code asked for something that this version of Anyon does not know (new_thing).'],
  ] as const)('%s of %s with %j', (kind, tool, input, sentence) => {
    expect(whatClaudeAsks(kind, tool, input)).toBe(sentence);
  });

  it('stays short', () => {
    expect(whatClaudeAsks('permission', 'Bash', { command: 'x'.repeat(10_000) })).toHaveLength('Claude asks to run '.length + 160);
  });
});

it('says what was answered', () => {
  expect(answerInWords('permission', { kind: 'allow', always: true })).toBe('Allowed for this run');
  expect(answerInWords('permission', { kind: 'allow', always: false, input: '{}' })).toBe('Allowed with another input');
  expect(answerInWords('plan', { kind: 'deny', stop: false, words: 'more' })).toBe('Keep planning: more');
  expect(answerInWords('choice', { kind: 'choose', chosen: [['a', 'b'], ['c']] })).toBe('a, b · c');
});
