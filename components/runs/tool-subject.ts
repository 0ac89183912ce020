import { fieldsOf } from '@/components/conversation/event-fields';

/** Paths as the repository has them: the run's own directory says nothing to a reader. */
export function withoutWorktree(value: string): string {
  return value.replaceAll(/\/workspace\/worktrees\/[0-9a-f-]{36}\//g, '');
}

/** The one input that says most, by the names that the CLI's own tools use. */
export function toolSubject(input: unknown): string {
  const fields = fieldsOf(input);
  if (!fields) return '';
  for (const name of ['command', 'file_path', 'path', 'notebook_path', 'pattern', 'url', 'query', 'description', 'prompt', 'skill']) {
    if (typeof fields[name] === 'string') return fields[name];
  }
  const todos = fields['todos'];
  if (Array.isArray(todos)) return `${todos.length} ${todos.length === 1 ? 'item' : 'items'}`;
  return Object.keys(fields).length === 0 ? '' : JSON.stringify(fields).slice(0, 200);
}
