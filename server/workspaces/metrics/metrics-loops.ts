import type { BackgroundLoop } from '@/server/background-loops';
import type { ContainerEngine } from '@/server/containers/engine';
import { DiskWatch } from '@/server/workspaces/metrics/disk-watch';
import { MetricsCollector } from '@/server/workspaces/metrics/metrics-collector';

/** What the worker does so that the use of workspaces can be seen. */
export function metricsLoops(engine: ContainerEngine): BackgroundLoop[] {
  const disk = new DiskWatch(engine);
  const collector = new MetricsCollector(engine, (workspaceId) => disk.bytesOf(workspaceId));
  return [
    { name: 'metrics', everyMs: 0, run: (signal) => collector.onTime(signal) },
    { name: 'disk use', everyMs: 5_000, run: (signal) => disk.look(signal) },
  ];
}
