import type { QuestionView } from '@/contract/question';
import { fieldsOf, textOf } from '@/components/conversation/event-fields';
import { withoutWorktree } from '@/components/runs/tool-subject';

/** One sentence: what Claude wants. The exact input stands below it. */
export function asksFor({ kind, toolName, input, choices }: Pick<QuestionView, 'kind' | 'toolName' | 'input' | 'choices'>): string {
  if (kind === 'plan') return 'Claude has a plan. Shall it carry it out?';
  if (kind === 'choice') return choices.length > 1 ? `Claude has ${choices.length} questions` : 'Claude has a question';
  const fields = fieldsOf(input);
  const file = withoutWorktree(textOf(fields?.['file_path']) || textOf(fields?.['notebook_path']));
  if (toolName === 'Bash') return 'Claude wants to run a command';
  if (toolName === 'Write') return `Claude wants to write ${file}`;
  if (toolName === 'Read') return `Claude wants to read ${file}`;
  if (toolName === 'Edit' || toolName === 'MultiEdit' || toolName === 'NotebookEdit') return `Claude wants to change ${file}`;
  if (toolName === 'WebFetch') return 'Claude wants to fetch a page';
  if (toolName === 'WebSearch') return 'Claude wants to search the web';
  return `Claude wants to use the tool ${toolName}`;
}

/** The same for a line about something that is over. */
export function wasAbout(question: QuestionView): string {
  const fields = fieldsOf(question.input);
  if (question.kind === 'plan') return 'Plan';
  if (question.kind === 'choice') return question.choices.map((choice) => choice.question).join(' · ');
  const what = textOf(fields?.['command']) || textOf(fields?.['file_path']) || textOf(fields?.['url']) || textOf(fields?.['query']);
  return what ? `${question.toolName}: ${withoutWorktree(what)}` : question.toolName;
}

/** The input as a person may change it. */
export function inputText(input: unknown): string {
  return typeof input === 'string' ? input : (JSON.stringify(input, null, 2) ?? '');
}
