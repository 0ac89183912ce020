import { describe, expect, it } from 'vitest';
import { secondsOf, standingOf, subjectOf, toolName } from '@/components/conversation/tool-words';

const moment = (said: number | null, stored: number | null) => ({ said, stored });
const output = (failed: boolean, said: number | null, stored: number | null) => ({ parts: [], failed, offset: 0, moment: moment(said, stored) });

describe('a call in words', () => {
  it('stands as its result and its run do', () => {
    expect(standingOf({ output: null, task: null }, true)).toBe('running');
    expect(standingOf({ output: null, task: null }, false)).toBe('unfinished');
    expect(standingOf({ output: output(true, 0, 0), task: null }, true)).toBe('failed');
    expect(standingOf({ output: output(false, 0, 0), task: { state: 'running', words: '' } }, true)).toBe('running');
    expect(standingOf({ output: output(false, 0, 0), task: { state: 'running', words: '' } }, false)).toBe('unfinished');
  });

  it('takes its time by one clock only', () => {
    expect(secondsOf({ moment: moment(1000, 5000), output: output(false, 4500, 99_000) })).toBe('3s');
    expect(secondsOf({ moment: moment(null, 5000), output: output(false, 4500, 5200) })).toBe('<1s');
    expect(secondsOf({ moment: moment(1000, null), output: output(false, null, 9000) })).toBe('');
    expect(secondsOf({ moment: moment(1000, null), output: null })).toBe('');
  });

  it('works on what the repository calls it', () => {
    expect(subjectOf({ name: 'Read', input: { file_path: '/workspace/worktrees/0195c0de-0000-7000-8000-000000000001/src/a.ts' } })).toBe('src/a.ts');
    expect(subjectOf({ name: 'Bash', input: { command: 'one\ntwo' } })).toBe('one …');
    expect(subjectOf({ name: 'TodoWrite', input: { todos: [{ content: 'a', status: 'completed' }, { content: 'b', status: 'pending' }] } })).toBe('1 of 2 done');
    expect(subjectOf({ name: 'Task', input: { description: 'Look around', prompt: 'long', subagent_type: 'Explore' } })).toBe('Look around');
    expect(subjectOf({ name: 'AskUserQuestion', input: { questions: [{ question: 'Which?' }, { question: 'When?' }] } })).toBe('Which? · When?');
    expect([toolName('ExitPlanMode'), subjectOf({ name: 'ExitPlanMode', input: { plan: '# Long' } })]).toEqual(['Plan', '']);
    for (const input of [undefined, null, 3, [], { todos: 3 }]) expect(typeof subjectOf({ name: 'TodoWrite', input })).toBe('string');
    expect(toolName('mcp__github__create_issue')).toBe('github: create_issue');
  });
});
