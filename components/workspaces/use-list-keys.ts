'use client';

import type { RefObject } from 'react';
import { usePageKeys } from '@/components/frame/page-keys';
import type { Selection } from '@/components/workspaces/use-selection';

interface ListKeys {
  selection: Selection;
  search: RefObject<HTMLInputElement | null>;
  onCreate: () => void;
}

/** The keys of the list of workspaces. The row that has the focus is the one they speak of. */
export function useListKeys({ selection, search, onCreate }: ListKeys): void {
  usePageKeys([
    { key: 'c', label: 'New workspace', run: onCreate },
    { key: '/', label: 'Filter', run: () => search.current?.focus() },
    { key: 'j', label: 'Next workspace (Enter opens it)', run: () => moveFocus(1) },
    { key: 'k', label: 'Previous workspace', run: () => moveFocus(-1) },
    {
      key: 'x',
      label: 'Choose the workspace, or let it go',
      run: () => {
        const id = rowOf(document.activeElement)?.dataset['workspaceRow'];
        if (!id) return false;
        selection.toggle(id, false);
      },
    },
    { key: 'a', label: 'Choose all that are listed', run: selection.chooseAll },
    {
      key: 'Escape',
      label: 'Choose none',
      run: () => {
        if (selection.ids.length === 0) return false;
        selection.clear();
      },
    },
  ]);
}

function rowOf(element: Element | null): HTMLElement | null {
  return element?.closest<HTMLElement>('[data-workspace-row]') ?? null;
}

function moveFocus(by: number): void {
  const rows = [...document.querySelectorAll<HTMLElement>('[data-workspace-row]')];
  const here = rowOf(document.activeElement);
  const next = rows[here ? Math.min(Math.max(rows.indexOf(here) + by, 0), rows.length - 1) : 0];
  next?.querySelector('a')?.focus();
  next?.scrollIntoView({ block: 'nearest' });
}
