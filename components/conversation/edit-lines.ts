import { fieldsOf, listOf, textOf } from '@/components/conversation/event-fields';

/** A line of a small diff. `gap` stands between two edits of one call. */
export interface EditLine {
  kind: 'insert' | 'delete' | 'same' | 'gap';
  text: string;
}

const CONTEXT = 2;

/** What a call of an editing tool changes, as lines; null for other tools and for inputs that are not what is expected. */
export function editLines(tool: string | null, input: unknown): EditLine[] | null {
  const fields = fieldsOf(input);
  if (!fields) return null;
  if (tool === 'Write' && typeof fields['content'] === 'string') return linesIn(fields['content']).map((text) => ({ kind: 'insert', text }));
  if (tool === 'NotebookEdit' && typeof fields['new_source'] === 'string') return linesIn(fields['new_source']).map((text) => ({ kind: 'insert', text }));
  if (tool === 'Edit' && typeof fields['new_string'] === 'string') return changedLines(textOf(fields['old_string']), fields['new_string']);
  if (tool !== 'MultiEdit') return null;
  const edits = listOf(fields['edits']).map(fieldsOf);
  return edits.flatMap((edit, index) => [...(index > 0 ? [{ kind: 'gap' as const, text: '' }] : []), ...changedLines(textOf(edit?.['old_string']), textOf(edit?.['new_string']))]);
}

/** The lines that differ, with those next to them that do not. */
function changedLines(before: string, after: string): EditLine[] {
  const old = linesIn(before);
  const now = linesIn(after);
  let head = 0;
  while (head < old.length && head < now.length && old[head] === now[head]) head++;
  let tail = 0;
  while (tail < old.length - head && tail < now.length - head && old.at(-1 - tail) === now.at(-1 - tail)) tail++;
  const line = (kind: EditLine['kind']) => (text: string): EditLine => ({ kind, text });
  return [
    ...now.slice(Math.max(0, head - CONTEXT), head).map(line('same')),
    ...old.slice(head, old.length - tail).map(line('delete')),
    ...now.slice(head, now.length - tail).map(line('insert')),
    ...now.slice(now.length - tail, now.length - tail + CONTEXT).map(line('same')),
  ];
}

function linesIn(text: string): string[] {
  if (text === '') return [];
  return (text.endsWith('\n') ? text.slice(0, -1) : text).split('\n');
}

/** How many lines come and go. */
export function countEdits(lines: readonly EditLine[]): { additions: number; deletions: number } {
  return { additions: lines.filter(({ kind }) => kind === 'insert').length, deletions: lines.filter(({ kind }) => kind === 'delete').length };
}
