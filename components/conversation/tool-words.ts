import { millisecondsBetween, type ToolItem } from '@/components/conversation/conversation-items';
import { fieldsOf, textOf } from '@/components/conversation/event-fields';
import { todosIn } from '@/components/conversation/todo-list';
import { toolSubject, withoutWorktree } from '@/components/runs/tool-subject';
import { formatDuration } from '@/components/ui/durations';

/** How a call stands. `unfinished`: the run is over and it gave nothing back. */
export type ToolStanding = 'running' | 'done' | 'failed' | 'unfinished';

export function standingOf({ output, task }: Pick<ToolItem, 'output' | 'task'>, live: boolean): ToolStanding {
  if (task) return task.state === 'running' && !live ? 'unfinished' : task.state;
  if (output) return output.failed ? 'failed' : 'done';
  return live ? 'running' : 'unfinished';
}

/** What the call works on, in one line, with paths as the repository has them. */
export function subjectOf({ name, input }: Pick<ToolItem, 'name' | 'input'>): string {
  if (name === 'TodoWrite') {
    const todos = todosIn(input);
    return `${todos.filter(({ status }) => status === 'completed').length} of ${todos.length} done`;
  }
  if (isAgent({ name, input })) return textOf(fieldsOf(input)?.['description']);
  if (name === 'ExitPlanMode') return '';
  if (name === 'AskUserQuestion') return questionsIn(input);
  const subject = withoutWorktree(toolSubject(input)).trim();
  const end = subject.indexOf('\n');
  return (end < 0 ? subject : `${subject.slice(0, end)} …`).slice(0, 400);
}

function questionsIn(input: unknown): string {
  const questions = fieldsOf(input)?.['questions'];
  return Array.isArray(questions) ? questions.map((question: unknown) => textOf(fieldsOf(question)?.['question'])).join(' · ').slice(0, 400) : '';
}

/** True for a call that another agent works in. */
export function isAgent({ name, input }: Pick<ToolItem, 'name' | 'input'>): boolean {
  return name === 'Task' || name === 'Agent' || typeof fieldsOf(input)?.['subagent_type'] === 'string';
}

/** How long it took; empty where nobody knows, and for what took no time worth telling. */
export function secondsOf({ moment, output }: Pick<ToolItem, 'moment' | 'output'>): string {
  const milliseconds = output && millisecondsBetween(moment, output.moment);
  if (milliseconds === null) return '';
  return milliseconds < 1000 ? '<1s' : formatDuration(milliseconds);
}

/** The name of a tool as it is read: those of servers say which server. */
export function toolName(name: string | null): string {
  if (name === null) return 'Result';
  if (name === 'ExitPlanMode') return 'Plan';
  if (name === 'AskUserQuestion') return 'Question';
  const parts = /^mcp__(.+?)__(.+)$/.exec(name);
  return parts ? `${parts[1]}: ${parts[2]}` : name;
}
