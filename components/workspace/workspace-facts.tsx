'use client';

import type { ReactNode } from 'react';
import type { WorkspaceView } from '@/contract/workspace';
import { useCurrentReading } from '@/components/metrics/use-live-metrics';
import { CopyButton } from '@/components/ui/copy-button';
import { formatCpus, formatShare, formatSize } from '@/components/ui/quantities';
import { Elapsed, RelativeTime } from '@/components/ui/relative-time';

/** How the container is at this moment, in six figures. They keep their places whatever is known. */
export function WorkspaceFacts({ workspace }: { workspace: WorkspaceView }) {
  const { container, limits } = workspace;
  const metrics = useCurrentReading(workspace);
  const isUp = container.id !== null && container.startedAt !== null && container.status === 'running';
  return (
    <dl aria-label="The container now" className="grid grid-cols-2 overflow-hidden rounded-lg border border-line bg-line gap-px sm:grid-cols-3 lg:grid-cols-6">
      <Fact name="Container">
        {container.id ? (
          <span className="flex items-center" title={`${container.id}${container.runtime ? `, runtime ${container.runtime}` : ''}`}>
            <span className="truncate font-mono text-sm">{container.id.slice(0, 12)}</span>
            <CopyButton label="Copy the container's id" text={container.id} className="-my-1" />
          </span>
        ) : (
          <None>none</None>
        )}
      </Fact>
      <Fact name="Up for">{isUp && container.startedAt ? <Elapsed from={container.startedAt} to={null} /> : <None>{container.status ?? '–'}</None>}</Fact>
      <Fact name="CPU">{metrics ? `${formatCpus(metrics.cpus)} of ${limits.cpus} ${limits.cpus === 1 ? 'core' : 'cores'}` : <None>–</None>}</Fact>
      <Fact name="Memory">{metrics ? formatShare(metrics.memoryBytes, limits.memoryBytes) : <None>–</None>}</Fact>
      <Fact name="Disk">{metrics?.diskBytes != null ? limits.diskBytes ? formatShare(metrics.diskBytes, limits.diskBytes) : formatSize(metrics.diskBytes) : <None>–</None>}</Fact>
      <Fact name="Last confirmed">
        <RelativeTime date={workspace.lastUpdatedAt} />
      </Fact>
    </dl>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="min-w-0 bg-surface px-3 py-2">
      <dt className="text-xs text-ink-faint">{name}</dt>
      <dd className="flex h-6 items-center truncate font-medium tabular-nums">{children}</dd>
    </div>
  );
}

function None({ children }: { children: ReactNode }) {
  return <span className="font-normal text-ink-faint">{children}</span>;
}
