'use client';

import { useQuery } from '@tanstack/react-query';
import { Globe } from 'lucide-react';
import type { PreviewsView } from '@/contract/preview';
import type { WorkspaceView } from '@/contract/workspace';
import { OtherPort } from '@/components/previews/other-port';
import { PortRow } from '@/components/previews/port-row';
import { useOpenAsked } from '@/components/previews/use-open-asked';
import { NotRunning } from '@/components/terminals/not-running';
import { Loaded } from '@/components/trpc/loaded';
import { useTRPC } from '@/components/trpc/trpc';
import { EmptyState } from '@/components/ui/empty-state';
import { Notice } from '@/components/ui/notice';
import { Card } from '@/components/ui/section';

/** Asking costs the container a moment each time; nobody asks while the page is hidden. */
const LOOK_EVERY_MS = 4_000;

/** The web servers of the workspace, each to be opened on an origin of its own. */
export function PreviewTab({ workspace }: { workspace: WorkspaceView }) {
  const trpc = useTRPC();
  const isRunning = workspace.status === 'running';
  useOpenAsked(workspace.id, isRunning);
  const list = useQuery(trpc.previews.list.queryOptions({ workspaceId: workspace.id }, { enabled: isRunning, refetchInterval: LOOK_EVERY_MS }));
  return (
    <section aria-label="Previews" className="flex flex-col gap-3 pt-4">
      {isRunning ? (
        <Loaded query={list} height="h-40">
          {(view) => <Previews workspaceId={workspace.id} view={view} />}
        </Loaded>
      ) : (
        <NotRunning workspace={workspace} what="A preview" ended="Web servers that were on ended with it; files are kept." />
      )}
      <p className="text-xs text-ink-faint">
        Shown to you and whoever else may use this workspace, while signed in. A web server may listen on localhost; it is asked as <code>localhost</code> with its port. What it shows is not checked and not masked: a page in there
        may be made by anybody whose code runs in the workspace.
      </p>
    </section>
  );
}

function Previews({ workspaceId, view }: { workspaceId: string; view: PreviewsView }) {
  const { ports, base, problem } = view;
  const isUsable = base !== null && problem === null;
  return (
    <>
      {problem !== null && <Notice kind="warning">{problem}</Notice>}
      {ports.length === 0 ? (
        <EmptyState icon={Globe} title="Nothing listens">
          Start a web server in the workspace, by Claude or in a terminal. It shows up here by itself.
        </EmptyState>
      ) : (
        <Card>
          <ul aria-label="Ports on which something listens" className="divide-y divide-line">
            {ports.map(({ port, program }) => (
              <PortRow key={port} workspaceId={workspaceId} port={port} program={program} base={base} isUsable={isUsable} />
            ))}
          </ul>
        </Card>
      )}
      <OtherPort workspaceId={workspaceId} base={base} isUsable={isUsable} />
    </>
  );
}
