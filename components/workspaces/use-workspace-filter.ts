'use client';

import { usePathname, useSearchParams } from 'next/navigation';
import { useMemo } from 'react';
import { readFilter, writeFilter, type WorkspaceListFilter } from '@/components/workspaces/workspace-filter';

/** The filter that stands in the address; changing it changes the address without leaving a step behind for the Back button. */
export function useWorkspaceFilter(): [WorkspaceListFilter, (change: Partial<WorkspaceListFilter>) => void] {
  const params = useSearchParams();
  const path = usePathname();
  const filter = useMemo(() => readFilter(params), [params]);
  const change = (part: Partial<WorkspaceListFilter>) => {
    const query = writeFilter({ ...filter, ...part });
    window.history.replaceState(null, '', query ? `${path}?${query}` : path);
  };
  return [filter, change];
}
