'use client';

import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useTRPC } from '@/components/trpc/trpc';

/** The cards of the board; of all people only where the server allows it. Kept fresh by the tab's status subscription. */
export function useBoard(of: 'mine' | 'all' = 'mine', archived = false) {
  const trpc = useTRPC();
  return useQuery(trpc.board.cards.queryOptions({ of, archived }, { refetchInterval: 60_000, placeholderData: keepPreviousData }));
}
