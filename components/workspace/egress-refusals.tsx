'use client';

import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { ShieldCheck } from 'lucide-react';
import { egressHostSchema, type EgressRefusal } from '@/contract/egress';
import type { WorkspaceView } from '@/contract/workspace';
import { errorSentence } from '@/components/trpc/error-kind';
import { Loaded } from '@/components/trpc/loaded';
import { useTRPC } from '@/components/trpc/trpc';
import { Button } from '@/components/ui/button';
import { count } from '@/components/ui/quantities';
import { RelativeTime } from '@/components/ui/relative-time';
import { Card, Section } from '@/components/ui/section';

/** Where the workspace wanted to go and was not let, how often, and what would allow it. */
export function EgressRefusals({ workspace }: { workspace: WorkspaceView }) {
  const trpc = useTRPC();
  const refusals = useQuery(trpc.egress.refusals.queryOptions({ workspaceId: workspace.id }, { refetchInterval: 10_000 }));
  return (
    <Section title="Refused network destinations" note="Where its programs wanted to connect and were not let.">
      <Loaded query={refusals} height="h-16">
        {(list) => (
          <Card>
            {list.length === 0 ? (
              <p className="flex items-center gap-2 px-4 py-4 text-ink-soft">
                <ShieldCheck aria-hidden className="size-4 shrink-0" />
                Nothing was refused.
              </p>
            ) : (
              <ul className="divide-y divide-line">
                {list.map((refusal) => (
                  <RefusalRow key={`${refusal.host}:${refusal.port}`} refusal={refusal} workspace={workspace} />
                ))}
              </ul>
            )}
          </Card>
        )}
      </Loaded>
    </Section>
  );
}

function RefusalRow({ refusal, workspace }: { refusal: EgressRefusal; workspace: WorkspaceView }) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const { egress, id: workspaceId } = workspace;
  const change = useMutation(trpc.workspaces.change.mutationOptions({ onSuccess: (next) => queryClient.setQueryData(trpc.workspaces.byId.queryKey({ workspaceId }), next) }));
  const isListed = egress.hosts.includes(refusal.host);
  const canBeListed = egress.level === 'allow-list' && (refusal.port === 80 || refusal.port === 443) && egressHostSchema.safeParse(refusal.host).success;
  return (
    <li className="grid grid-cols-[minmax(0,1fr)_auto] items-start gap-x-4 gap-y-1 px-4 py-2.5 text-sm md:grid-cols-[minmax(0,16rem)_minmax(0,1fr)_auto_auto]">
      <span className="font-mono text-sm [overflow-wrap:anywhere]">
        {refusal.host}:{refusal.port}
      </span>
      <span className="min-w-0 text-ink-soft [overflow-wrap:anywhere] max-md:col-span-2 max-md:row-start-2">
        {refusal.reason}
        {change.isError && <span className="block text-state-failed">{errorSentence(change.error)}</span>}
      </span>
      <span className="text-right text-xs whitespace-nowrap text-ink-faint tabular-nums">
        {count(refusal.count, 'time')}, <RelativeTime date={refusal.lastAt} />
      </span>
      {canBeListed && (
        <span className="max-md:col-span-2">
          {isListed ? (
            <span className="text-xs text-ink-soft">allowed by now</span>
          ) : (
            <Button size="small" busy={change.isPending} onClick={() => change.mutate({ workspaceId, egress: { level: egress.level, hosts: [...egress.hosts, refusal.host] } })}>
              Allow this host
            </Button>
          )}
        </span>
      )}
    </li>
  );
}
