import { clsx } from 'clsx';
import { Circle, CircleCheck, CircleDot, type LucideIcon } from 'lucide-react';
import { fieldsOf, listOf, textOf } from '@/components/conversation/event-fields';

interface Todo {
  text: string;
  status: string;
}

const looks: Record<string, { icon: LucideIcon; color: string; word: string }> = {
  completed: { icon: CircleCheck, color: 'text-state-succeeded', word: 'done' },
  in_progress: { icon: CircleDot, color: 'text-state-running', word: 'in work' },
};

/** The things to do in the input of a call; an empty list when they are not what is expected. */
export function todosIn(input: unknown): Todo[] {
  return listOf(fieldsOf(input)?.['todos']).flatMap((todo) => {
    const fields = fieldsOf(todo);
    const status = textOf(fields?.['status']);
    const text = (status === 'in_progress' && textOf(fields?.['activeForm'])) || textOf(fields?.['content']);
    return text ? [{ text, status }] : [];
  });
}

/** Claude's list of things to do, as it stands now. */
export function TodoList({ todos }: { todos: readonly Todo[] }) {
  return (
    <ul aria-label="Things to do" className="mt-1 flex flex-col gap-0.5">
      {todos.map(({ text, status }, index) => {
        const { icon: Icon, color, word } = looks[status] ?? { icon: Circle, color: 'text-ink-faint', word: 'to do' };
        return (
          <li key={index} className="flex gap-2">
            <Icon role="img" aria-label={word} className={clsx('mt-[3px] size-3.5 shrink-0', color)} />
            <span className={clsx('min-w-0 [overflow-wrap:anywhere]', status === 'completed' && 'text-ink-faint line-through', status === 'in_progress' && 'font-medium')}>{text}</span>
          </li>
        );
      })}
    </ul>
  );
}
