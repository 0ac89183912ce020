import { Children, isValidElement, type ReactElement, type ReactNode } from 'react';
import { expect, it } from 'vitest';
import { RunColumns } from '@/components/runs/run-columns';

const conversation = <p>what was said</p>;

function columns(wide: boolean, tab: 'conversation' | 'log'): ReactElement {
  return RunColumns({ wide, tab, onTab: () => {}, conversation, onConversationUsed: () => {}, beside: [{ value: 'log', label: 'Log', content: <p>lines</p> }] });
}

/** The way to an element: at which place of what kind. React keeps what is on the page for as long as this stays the same. */
function wayTo(target: ReactNode, from: ReactNode): string[] | null {
  if (from === target) return [];
  if (!isValidElement<{ children?: ReactNode }>(from)) return null;
  const children = from.props.children;
  const places = Array.isArray(children) ? (children as ReactNode[]) : [children];
  for (const [index, child] of places.entries()) {
    const way = wayTo(target, child);
    if (way) return [`${nameOf(from)} ${index} ${isValidElement(child) ? String(child.key) : ''}`, ...way];
  }
  return null;
}

function nameOf({ type }: ReactElement): string {
  return typeof type === 'string' ? type : (type as { name?: string }).name ?? '';
}

it('keeps the conversation in its place when the window becomes wider or smaller, and when another tab is in front', () => {
  const ways = [columns(true, 'log'), columns(false, 'conversation'), columns(false, 'log')].map((tree) => wayTo(conversation, tree));
  expect(ways[0]).toHaveLength(2);
  expect(ways[1]).toEqual(ways[0]);
  expect(ways[2]).toEqual(ways[0]);
});

it('has a tab of its own for the conversation only where there is no room beside it', () => {
  const tabsOf = (tree: ReactElement<{ children: ReactNode }>) => Children.toArray(tree.props.children).flatMap((child) => (isValidElement<{ items?: { value: string }[] }>(child) ? (child.props.items ?? []) : [])).map(({ value }) => value);
  expect(tabsOf(columns(false, 'log') as ReactElement<{ children: ReactNode }>)).toEqual(['conversation', 'log']);
  expect(tabsOf(columns(true, 'log') as ReactElement<{ children: ReactNode }>)).toEqual([]);
});
