'use client';

import { hashKey, useQueryClient, type QueryKey } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import type { ChangeEvent } from '@/contract/change';
import { ListNews } from '@/components/trpc/list-news';
import { errorKind } from '@/components/trpc/error-kind';
import { Refetches } from '@/components/trpc/refetches';
import { useTRPC, useTRPCClient } from '@/components/trpc/trpc';

/** Whether news reach this tab. `lost` once a connection broke; `signed-out` when the server no longer knows the person. */
export type ChangesConnection = 'connecting' | 'live' | 'lost' | 'signed-out';

/**
 * The one status subscription of a tab: when the server says that a workspace or run changed, what is shown of it is fetched again.
 * After a reconnect everything is fetched once, because news may have been missed. While nobody sees the tab news come only if they are needed even then.
 */
export function useWatchChanges(isNeededWhileHidden: () => boolean): ChangesConnection {
  const trpc = useTRPC();
  const client = useTRPCClient();
  const queryClient = useQueryClient();
  const [connection, setConnection] = useState<ChangesConnection>('connecting');

  useEffect(() => {
    let wasLive = false;
    const listKey = trpc.workspaces.list.queryKey();
    const listNews = new ListNews(queryClient, listKey, (workspaceIds) => client.workspaces.some.query({ workspaceIds }));
    const refetches = new Refetches((queryKey) => void (hashKey(queryKey) === hashKey(listKey) ? listNews.fetch() : queryClient.invalidateQueries({ queryKey })));
    const subscription = client.changes.watch.subscribe(undefined, {
      context: { isNeededWhileHidden },
      onData: (change) => {
        listNews.note(change.workspaceIds);
        refetches.ask(affectedBy(change, trpc));
      },
      onConnectionStateChange: ({ state }) => {
        if (state === 'pending') {
          if (wasLive) void queryClient.invalidateQueries();
          wasLive = true;
          setConnection('live');
        } else if (state === 'connecting' && wasLive) setConnection('lost');
      },
      onError: (error) => setConnection(errorKind(error) === 'unauthenticated' ? 'signed-out' : 'lost'),
    });
    return () => {
      subscription.unsubscribe();
      refetches.close();
    };
  }, [client, queryClient, trpc, isNeededWhileHidden]);

  return connection;
}

/** What belongs to a run and has no news of its own. */
function ofRun(runId: string, trpc: ReturnType<typeof useTRPC>): QueryKey[] {
  return [
    trpc.followUps.list.queryKey({ runId }),
    trpc.notices.list.queryKey({ runId }),
    trpc.questions.list.queryKey({ runId }),
    trpc.review.comments.queryKey({ runId }),
    trpc.publishing.state.queryKey({ runId }),
  ];
}

/** What a page may show of the things that changed. Readings of metrics have a stream of their own. */
function affectedBy({ workspaceIds, runIds, batchIds, topics }: ChangeEvent, trpc: ReturnType<typeof useTRPC>): QueryKey[] {
  const keys: QueryKey[] = [];
  if (workspaceIds.length > 0) keys.push(trpc.workspaces.list.queryKey(), trpc.tasks.pathKey(), trpc.system.capacity.queryKey(), trpc.removedWorkspaces.pathKey(), trpc.schedules.list.queryKey());
  if (workspaceIds.length > 0 || runIds.length > 0) keys.push(trpc.runs.list.pathKey(), trpc.board.pathKey(), trpc.variants.byId.pathKey());
  for (const workspaceId of workspaceIds) keys.push(trpc.workspaces.byId.queryKey({ workspaceId }), trpc.checkpoints.list.queryKey({ workspaceId }), trpc.terminals.list.queryKey({ workspaceId }));
  for (const runId of runIds) keys.push(trpc.runs.byId.queryKey({ runId }), ...ofRun(runId, trpc));
  if (batchIds.length > 0) keys.push(trpc.batches.list.queryKey());
  for (const batchId of batchIds) keys.push(trpc.batches.byId.queryKey({ batchId }));
  if (topics.includes('connections')) keys.push(trpc.connections.pathKey(), trpc.alerts.banners.queryKey());
  if (topics.includes('alerts')) keys.push(trpc.alerts.pathKey());
  return keys;
}
