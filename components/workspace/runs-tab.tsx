'use client';

import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { Search } from 'lucide-react';
import { useState } from 'react';
import { isFinal } from '@/contract/run';
import type { WorkspaceView } from '@/contract/workspace';
import { PromptBox } from '@/components/runs/prompt-box';
import { RunsList } from '@/components/runs/runs-list';
import { Loaded } from '@/components/trpc/loaded';
import { useTRPC } from '@/components/trpc/trpc';
import { ButtonLink } from '@/components/ui/button';
import { ArchivedSwitch } from '@/components/variants/archived-switch';

/** The box to ask for something, and everything that was asked. */
export function RunsTab({ workspace }: { workspace: WorkspaceView }) {
  const trpc = useTRPC();
  const [archived, setArchived] = useState(false);
  const runs = useQuery(trpc.runs.list.queryOptions({ workspaceId: workspace.id, archived }, { placeholderData: keepPreviousData }));
  const isFirst = runs.data?.length === 0;
  return (
    <div className="flex flex-col gap-4 pt-3">
      <PromptBox workspace={workspace} isFirst={isFirst} />
      <section aria-labelledby="runs" className="flex flex-col gap-2">
        <div className="flex items-center justify-between gap-2">
          <h2 id="runs" className="font-semibold">
            Runs
            {runs.data?.some((run) => !isFinal(run.status)) && <span className="ml-2 text-xs font-normal text-ink-faint">Closing this page does not stop them.</span>}
          </h2>
          <span className="flex flex-wrap items-center justify-end gap-1">
            <ArchivedSwitch shown={archived} onChange={setArchived} />
            <ButtonLink href={`/search?workspace=${workspace.id}`} size="small" variant="quiet" icon={<Search aria-hidden className="size-3.5" />}>
              Search their logs
            </ButtonLink>
          </span>
        </div>
        <Loaded query={runs} height="h-28">
          {(list) => <RunsList runs={list} />}
        </Loaded>
      </section>
    </div>
  );
}
