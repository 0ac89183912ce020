'use client';

import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { isFinal } from '@/contract/run';
import type { VariantGroup } from '@/contract/variant';
import { Breadcrumb } from '@/components/frame/page-header';
import { promptTitle } from '@/components/runs/run-figures';
import { Loaded } from '@/components/trpc/loaded';
import { useTRPC } from '@/components/trpc/trpc';
import { Notice } from '@/components/ui/notice';
import { RelativeTime } from '@/components/ui/relative-time';
import { useVariantDecisions } from '@/components/variants/use-variant-decisions';
import { VariantColumn } from '@/components/variants/variant-column';
import { VariantDiffs } from '@/components/variants/variant-diffs';

/** The tries of one prompt side by side, live while they work, and the choice between them. */
export function VariantsPage({ groupId }: { groupId: string }) {
  const trpc = useTRPC();
  const group = useQuery(trpc.variants.byId.queryOptions({ groupId }, { refetchInterval: (query) => (query.state.data && isSettled(query.state.data) ? false : 5_000) }));
  const parents = [
    { href: '/workspaces', label: 'Workspaces' },
    ...(group.data ? [{ href: `/workspaces/${group.data.workspaceId}`, label: group.data.workspaceName }] : []),
  ];
  return (
    <div className="flex w-full flex-1 flex-col gap-5 px-4 py-5 sm:px-6">
      <Breadcrumb parents={parents} />
      <Loaded query={group} height="h-96">
        {(data) => <OpenGroup group={data} />}
      </Loaded>
    </div>
  );
}

/** Nothing of it changes by itself. */
function isSettled({ variants }: VariantGroup): boolean {
  return variants.every(({ newest, check, worktree }) => isFinal(newest.status) && check?.state !== 'waiting' && check?.state !== 'running' && (worktree === 'there' || worktree === 'away'));
}

function OpenGroup({ group }: { group: VariantGroup }) {
  const decisions = useVariantDecisions(group.id);
  const waits = group.workspaceStatus !== 'running' && group.variants.some(({ archivedAt, worktree }) => (archivedAt === null) !== (worktree === 'there'));
  return (
    <>
      <header className="flex flex-col gap-1">
        <Prompt prompt={group.prompt} />
        <p className="text-sm text-ink-soft">
          {group.variants.length} variants, asked for by {group.createdBy} <RelativeTime date={group.createdAt} />
          {group.checkCommand !== null && (
            <>
              {' · checked by '}
              <code className="rounded bg-sunken px-1 text-xs [overflow-wrap:anywhere]">{group.checkCommand.split('\n')[0]}</code>
              {` for at most ${group.checkMinutes} min each`}
            </>
          )}
        </p>
      </header>
      {decisions.failure && <Notice kind="failure">{decisions.failure}</Notice>}
      {waits && <Notice kind="waiting">The workspace does not run. Files are put away and brought back when it does.</Notice>}
      <section aria-label="Variants" className="-mx-4 flex snap-x snap-mandatory gap-3 overflow-x-auto px-4 pb-1 sm:-mx-6 sm:px-6 md:grid md:snap-none md:auto-cols-[minmax(15rem,1fr)] md:grid-flow-col md:grid-rows-[auto_auto_auto_1fr_auto]">
        {group.variants.map((variant) => (
          <VariantColumn key={variant.runId} group={group} variant={variant} decisions={decisions} />
        ))}
      </section>
      <VariantDiffs variants={group.variants} />
    </>
  );
}

function Prompt({ prompt }: { prompt: string }) {
  const [open, setOpen] = useState(false);
  const title = promptTitle(prompt);
  const hasMore = prompt.trim() !== title || title.length > 140;
  return (
    <div className="min-w-0">
      <h1 className="text-lg font-semibold [overflow-wrap:anywhere]">{open ? 'Prompt' : <span className="line-clamp-2">{title}</span>}</h1>
      {open && <div tabIndex={0} role="group" aria-label="The whole prompt" className="mt-1 max-h-72 overflow-y-auto rounded-md bg-sunken p-3 whitespace-pre-wrap [overflow-wrap:anywhere]">{prompt}</div>}
      {hasMore && (
        <button type="button" aria-expanded={open} className="text-xs text-ink-soft underline underline-offset-2 hover:text-ink" onClick={() => setOpen(!open)}>
          {open ? 'Show less' : 'Show the whole prompt'}
        </button>
      )}
    </div>
  );
}
