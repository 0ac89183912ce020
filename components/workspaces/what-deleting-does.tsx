'use client';

import { useQuery } from '@tanstack/react-query';
import { useTRPC } from '@/components/trpc/trpc';
import { count } from '@/components/ui/quantities';

/** What is removed by deleting, and what of it can be had back and for how long; as items of a list. */
export function WhatDeletingDoes({ many }: { many: boolean }) {
  const trpc = useTRPC();
  const status = useQuery(trpc.system.status.queryOptions(undefined, { staleTime: 60_000 }));
  const days = status.data?.install.removedWorkKeptDays;
  return (
    <>
      <li>{many ? 'Their containers, networks and runs with logs are removed.' : 'Its container, its network and its runs with their logs are removed.'}</li>
      {days === 0 ? (
        <li className="font-medium text-state-failed">{many ? 'Their files' : 'Its files'} are removed for good: this install keeps nothing of deleted workspaces.</li>
      ) : (
        <li>
          The work is kept for {days === undefined ? 'some days' : count(days, 'day')}: every branch, commit and change that was not committed. Until then it can be restored from “Deleted, still kept”.
        </li>
      )}
      <li>{many ? 'The repositories that they were cloned from are' : 'The repository that it was cloned from is'} not touched.</li>
    </>
  );
}
