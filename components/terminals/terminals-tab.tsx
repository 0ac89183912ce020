'use client';

import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Plus, SquareTerminal, X } from 'lucide-react';
import { useRef, useState } from 'react';
import { MOST_TERMINALS, type TerminalView } from '@/contract/terminal';
import type { WorkspaceView } from '@/contract/workspace';
import { NotRunning } from '@/components/terminals/not-running';
import { TerminalPanel } from '@/components/terminals/terminal-panel';
import { errorKind, errorSentence } from '@/components/trpc/error-kind';
import { useTRPC } from '@/components/trpc/trpc';
import { Button } from '@/components/ui/button';
import { EmptyState } from '@/components/ui/empty-state';
import { FailureNotice } from '@/components/ui/failure-notice';
import { Skeleton } from '@/components/ui/skeleton';
import { TabPanel, Tabs } from '@/components/ui/tabs';

/** Shells in the workspace, a tab for each. */
export function TerminalsTab({ workspace }: { workspace: WorkspaceView }) {
  const trpc = useTRPC();
  const list = useQuery(trpc.terminals.list.queryOptions({ workspaceId: workspace.id }));
  if (list.isPending) return <Skeleton className="mt-4 h-72 w-full" />;
  if (!list.data) return <FailureNotice message={errorSentence(list.error)} kind={errorKind(list.error)} onRetry={() => void list.refetch()} />;
  return <Terminals workspace={workspace} terminals={list.data.terminals} idleHours={list.data.idleHours} />;
}

function Terminals({ workspace, terminals, idleHours }: { workspace: WorkspaceView; terminals: TerminalView[]; idleHours: number }) {
  const { shown, current, open, close, show } = useTerminals(workspace.id, terminals);
  const newButton = useRef<HTMLButtonElement>(null);
  const running = workspace.status === 'running';
  const openOne = () => open.mutate({ workspaceId: workspace.id, columns: 100, rows: 30 });
  const failed = open.error ?? close.error;
  const isOpen = current?.endedAt === null;
  const count = shown.filter(({ endedAt }) => endedAt === null).length;
  return (
    <section aria-label="Terminals" className="flex flex-col gap-3 pt-4">
      {!running && <NotRunning workspace={workspace} what="A terminal" ended="Shells that were open ended with it; files are kept." />}
      {failed !== null && <FailureNotice message={errorSentence(failed)} kind={errorKind(failed)} />}
      {running && shown.length === 0 && (
        <EmptyState icon={SquareTerminal} title="No terminal is open" action={<NewTerminal busy={open.isPending} primary onClick={openOne} />}>
          A shell in the workspace, as Claude sees it. It goes on when you close the page.
        </EmptyState>
      )}
      {current && (
        <Tabs label="Terminals" value={current.id} onChange={show} items={shown.map(({ id, number, endedAt }) => ({ value: id, label: `Terminal ${number}${endedAt === null ? '' : ' · ended'}` }))}>
          <div className="flex flex-wrap items-center justify-end gap-2 pt-2">
            {running && (
              <Button ref={newButton} size="small" busy={open.isPending} disabled={count >= MOST_TERMINALS} icon={<Plus aria-hidden className="size-3.5" />} onClick={openOne}>
                New terminal
              </Button>
            )}
            <Button size="small" busy={close.isPending} icon={<X aria-hidden className="size-3.5" />} onClick={() => close.mutate({ workspaceId: workspace.id, terminalId: current.id })}>
              {isOpen ? 'End this terminal' : 'Put away'}
            </Button>
          </div>
          <TabPanel key={current.id} value={current.id}>
            <TerminalPanel workspaceId={workspace.id} terminal={current} onOpenAnother={running ? openOne : null} leaveTo={newButton} />
          </TabPanel>
        </Tabs>
      )}
      <p className="text-xs text-ink-faint">
        No secrets in here: those are handed to runs only. A shell ends with <code>exit</code>, when the workspace stops, or when nobody has looked at it for {idleHours} hours.{' '}
        <span className="pointer-coarse:hidden">Ctrl+Shift+C copies, Ctrl+Shift+V pastes, Ctrl+Shift+F finds, Ctrl+Shift+E leaves the terminal for the page.</span>
      </p>
    </section>
  );
}

function NewTerminal({ busy, primary, onClick }: { busy: boolean; primary: boolean; onClick: () => void }) {
  return (
    <Button variant={primary ? 'primary' : 'plain'} busy={busy} icon={<SquareTerminal aria-hidden className="size-4" />} onClick={onClick}>
      Open a terminal
    </Button>
  );
}

/** The terminals that are shown, which one is in front, and how that changes. One that ended is shown until it is put away. */
function useTerminals(workspaceId: string, terminals: TerminalView[]) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const [front, setFront] = useState<string | null>(null);
  const [away, setAway] = useState<ReadonlySet<string>>(new Set());
  const refetch = () => queryClient.invalidateQueries({ queryKey: trpc.terminals.list.queryKey({ workspaceId }) });
  const shown = terminals.filter(({ id }) => !away.has(id));
  const open = useMutation(
    trpc.terminals.open.mutationOptions({
      onSuccess: async ({ id }) => {
        await refetch();
        setFront(id);
      },
    }),
  );
  const close = useMutation(
    trpc.terminals.close.mutationOptions({
      onSuccess: async (_result, { terminalId }) => {
        setAway(new Set([...away, terminalId]));
        await refetch();
      },
    }),
  );
  const current = shown.find(({ id }) => id === front) ?? shown.findLast(({ endedAt }) => endedAt === null) ?? shown.at(-1) ?? null;
  return { shown, current, open, close, show: setFront };
}
