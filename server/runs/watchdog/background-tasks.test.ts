import { describe, expect, it } from 'vitest';
import { BackgroundTasks } from '@/server/runs/watchdog/background-tasks';
import type { StreamLine } from '@/server/runs/watchdog/tools-in-flight';

const system = (subtype: string, payload: string): StreamLine => ({ kind: 'system', subtype, payload });
const changed = (...tasks: object[]) => system('background_tasks_changed', JSON.stringify({ type: 'system', tasks }));
const build = { task_id: 'b1', task_type: 'local_bash', description: 'Build it' };
const agent = { task_id: 'a1', task_type: 'local_agent', subagent_type: 'general-purpose', description: 'A part of the work' };

const cases: Record<string, [StreamLine[], string | null]> = {
  'nothing': [[], null],
  'a command': [[changed(build)], 'Build it'],
  'a sub-agent and a command': [[changed(agent), changed(agent, build)], 'A part of the work, and 1 more'],
  'all have ended': [[changed(agent, build), changed(build), changed()], null],
  'a result in between changes nothing': [[changed(agent), { kind: 'result', subtype: 'success', payload: null }], 'A part of the work'],
  'a task without words': [[changed({ task_id: 'x', task_type: 'local_workflow' })], 'local_workflow'],
  'a task of which nothing is said': [[changed({})], 'a task'],
  'many words': [[changed({ description: 'long '.repeat(100) })], `${'long '.repeat(16)}…`],
  'another line': [[changed(agent), system('task_progress', '{"tasks":[]}')], 'A part of the work'],
  'half a line': [[changed(agent), system('background_tasks_changed', '{"tasks":[{')], null],
};

describe('N5 what goes on in the background', () => {
  it.each(Object.entries(cases))('%s', (_name, [lines, expected]) => {
    const tasks = new BackgroundTasks();
    for (const line of lines) tasks.take(line);
    expect(tasks.name()).toBe(expected);
  });
});
