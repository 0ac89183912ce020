'use client';

import { useEffect, useSyncExternalStore } from 'react';
import { METRICS_EVERY_SECONDS, type Metrics } from '@/contract/metrics';
import type { WorkspaceView } from '@/contract/workspace';
import { LiveMetrics } from '@/components/metrics/live-metrics';
import { useTRPCClient } from '@/components/trpc/trpc';
import { useAtTime } from '@/components/ui/use-at-time';

/** Outlives the pages, so that the small lines do not begin anew with every visit to the list. */
const live = new LiveMetrics();

/** A reading older than this says nothing about now. */
const CURRENT_MS = METRICS_EVERY_SECONDS * 3_500;

/** Feeds the store that the figures read; once per page, for one workspace or (null) all that the person may see. */
export function useFeedLiveMetrics(workspaceId: string | null): void {
  const client = useTRPCClient();
  useEffect(() => {
    const subscription = client.workspaces.metrics.subscribe(workspaceId ? { workspaceId } : {}, { onData: (batch) => live.add(batch) });
    return () => subscription.unsubscribe();
  }, [client, workspaceId]);
}

/** The newest readings of a workspace, oldest first, drawn again only when one comes. */
export function useLiveReadings(workspaceId: string): readonly Metrics[] {
  return useSyncExternalStore(
    (listener) => live.subscribe(workspaceId, listener),
    () => live.of(workspaceId),
    () => live.of(workspaceId),
  );
}

/** The newest reading of a workspace, live or as it came with the workspace; null when it is too old to be true. */
export function useCurrentReading(workspace: Pick<WorkspaceView, 'id' | 'metrics'>): Metrics | null {
  const newest = useLiveReadings(workspace.id).at(-1);
  const known = workspace.metrics;
  const latest = !newest || (known && known.at > newest.at) ? known : newest;
  const isCurrent = useAtTime((now) => latest !== null && now - latest.at.getTime() < CURRENT_MS);
  return isCurrent ? latest : null;
}
