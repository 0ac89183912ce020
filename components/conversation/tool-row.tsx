'use client';

import { clsx } from 'clsx';
import { Bot, CircleAlert, CircleCheck, CircleDashed, FilePen, ListTodo, LoaderCircle, Terminal, Wrench, type LucideIcon } from 'lucide-react';
import type { ReactNode } from 'react';
import type { Item, ToolItem } from '@/components/conversation/conversation-items';
import { countEdits, editLines } from '@/components/conversation/edit-lines';
import { RowFrame } from '@/components/conversation/row-frame';
import { TodoList, todosIn } from '@/components/conversation/todo-list';
import { ToolDetail } from '@/components/conversation/tool-detail';
import { isAgent, secondsOf, standingOf, subjectOf, toolName, type ToolStanding } from '@/components/conversation/tool-words';
import { useUnfolded } from '@/components/conversation/unfolded';
import { LineCount } from '@/components/runs/change-count';
import { Elapsed } from '@/components/ui/relative-time';

const standings: Record<ToolStanding, { icon: LucideIcon; color: string; word: string; spins?: boolean }> = {
  running: { icon: LoaderCircle, color: 'text-state-running', word: 'Running', spins: true },
  done: { icon: CircleCheck, color: 'text-state-succeeded', word: 'Done' },
  failed: { icon: CircleAlert, color: 'text-state-failed', word: 'Failed' },
  unfinished: { icon: CircleDashed, color: 'text-ink-faint', word: 'Did not finish' },
};

/** An edit with so few lines is shown without being asked for. */
const SMALL_EDIT = 12;

/** A call of a tool in one line, which unfolds to what went in and what came out. */
export function ToolRow({ item, live, drawStep }: { item: ToolItem; live: boolean; drawStep: (step: Item) => ReactNode }) {
  const edit = editLines(item.name, item.input);
  const standing = standingOf(item, live);
  const [open, toggle] = useUnfolded(item.key, edit !== null && edit.length > 0 && edit.length <= SMALL_EDIT);
  const todos = item.name === 'TodoWrite' && !item.outdated ? todosIn(item.input) : [];
  const { icon: StandingIcon, color, word, spins } = standings[standing];
  return (
    <RowFrame icon={iconOf(item)} item={item}>
      <button type="button" aria-expanded={open} onClick={toggle} className="-mx-1 flex w-full min-w-0 items-baseline gap-2 rounded px-1 text-left hover:bg-hover">
        <span className="shrink-0 font-medium">{item.name === 'TodoWrite' ? 'Things to do' : toolName(item.name)}</span>
        <span className="min-w-0 flex-1 truncate font-mono text-xs text-ink-soft">{subjectOf(item)}</span>
        {edit && (
          <span className="flex shrink-0 gap-1.5 font-mono text-xs">
            <LineCount {...countEdits(edit)} />
          </span>
        )}
        {isAgent(item) && item.steps.length > 0 && <span className="shrink-0 text-xs text-ink-faint">{item.steps.length === 1 ? '1 step' : `${item.steps.length} steps`}</span>}
        <span className="shrink-0 text-xs text-ink-faint tabular-nums">{standing === 'running' && live ? <Running item={item} /> : secondsOf(item)}</span>
        <StandingIcon role="img" aria-label={word} className={clsx('size-3.5 shrink-0 self-center', color, spins && 'animate-spin')} />
      </button>
      {todos.length > 0 && <TodoList todos={todos} />}
      {item.task && <p className="text-xs text-ink-faint">In the background: {item.task.words}</p>}
      {open && <ToolDetail item={item} edit={edit} drawStep={drawStep} />}
    </RowFrame>
  );
}

/** Counts from when it began, by our own clock where that is known. */
function Running({ item: { moment } }: { item: ToolItem }) {
  const began = moment.stored ?? moment.said;
  return began === null ? null : <Elapsed from={new Date(began)} to={null} />;
}

function iconOf(item: ToolItem): LucideIcon {
  if (isAgent(item)) return Bot;
  if (item.name === 'Bash') return Terminal;
  if (item.name === 'TodoWrite') return ListTodo;
  return editLines(item.name, item.input) ? FilePen : Wrench;
}
