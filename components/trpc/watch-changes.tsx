'use client';

import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { errorKind } from '@/components/trpc/error-kind';
import { useTRPC, useTRPCClient } from '@/components/trpc/trpc';

/** Whether news reach this tab. `lost` once a connection broke; `signed-out` when the server no longer knows the person. */
export type ChangesConnection = 'connecting' | 'live' | 'lost' | 'signed-out';

/**
 * The one status subscription of a tab: when the server says that a workspace or run changed, what is shown of it is fetched again.
 * After a reconnect everything is fetched once, because news may have been missed.
 */
export function useWatchChanges(): ChangesConnection {
  const trpc = useTRPC();
  const client = useTRPCClient();
  const queryClient = useQueryClient();
  const [connection, setConnection] = useState<ChangesConnection>('connecting');

  useEffect(() => {
    let wasLive = false;
    const subscription = client.changes.watch.subscribe(undefined, {
      onData: (change) => {
        if (change.workspaceIds.length > 0) void queryClient.invalidateQueries({ queryKey: trpc.workspaces.pathKey() });
        if (change.runIds.length > 0 || change.workspaceIds.length > 0) void queryClient.invalidateQueries({ queryKey: trpc.runs.list.pathKey() });
        for (const batchId of change.batchIds) void queryClient.invalidateQueries({ queryKey: trpc.batches.byId.queryKey({ batchId }) });
        if (change.batchIds.length > 0) void queryClient.invalidateQueries({ queryKey: trpc.batches.list.queryKey() });
        for (const runId of change.runIds) void queryClient.invalidateQueries({ queryKey: trpc.runs.byId.queryKey({ runId }) });
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
    return () => subscription.unsubscribe();
  }, [client, queryClient, trpc]);

  return connection;
}
