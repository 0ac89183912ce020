'use client';

import { useQuery } from '@tanstack/react-query';
import { useCallback, useEffect, useMemo, useRef, useState, useSyncExternalStore, type ReactNode } from 'react';
import type { ConversationRun } from '@/contract/conversation';
import { isFinal, type RunView } from '@/contract/run';
import { ClosingIsSafe } from '@/components/conversation/closing-is-safe';
import { ConversationList } from '@/components/conversation/conversation-list';
import { offsetInKey, rowsOfRun, type ConversationRow } from '@/components/conversation/conversation-rows';
import { EarlierRunRow } from '@/components/conversation/earlier-run-row';
import { EarlierRuns } from '@/components/conversation/earlier-runs';
import { ItemView } from '@/components/conversation/item-view';
import { keepPlace, readPlace, type KeptPlace } from '@/components/conversation/kept-place';
import { EarlierRow, FiguresRow, StandingRow, TypingRow } from '@/components/conversation/live-rows';
import { EarlierPromptRow, PromptRow } from '@/components/conversation/prompt-row';
import { LoggedRun, RowRun } from '@/components/conversation/row-run';
import { RunConversation } from '@/components/conversation/run-conversation';
import { UnfoldingProvider } from '@/components/conversation/unfolded';
import { useTRPC, useTRPCClient } from '@/components/trpc/trpc';
import { Skeleton } from '@/components/ui/skeleton';

/** What was said and done in a conversation up to and with this run, as readable turns; live while the run is on. `end` stands behind the last of them. */
export function Conversation({ run, end }: { run: RunView; end: ReactNode }) {
  const client = useTRPCClient();
  const [opened, setOpened] = useState<{ current: RunConversation; earlier: EarlierRuns; first: KeptPlace | null } | null>(null);
  const wasFinal = useRef(isFinal(run.status));

  useEffect(() => {
    const current = new RunConversation(client, run.id);
    const earlier = new EarlierRuns(client);
    const first = readPlace(run.id);
    for (const runId of first?.unfolded ?? []) earlier.open(runId);
    setOpened({ current, earlier, first });
    void openAt(current, !wasFinal.current, first);
    return () => {
      current.close();
      earlier.close();
    };
  }, [client, run.id]);

  return (
    <div data-testid="conversation" className="flex min-h-24 flex-1 flex-col gap-2">
      {!isFinal(run.status) && run.status !== 'needs_you' && <ClosingIsSafe />}
      {opened ? (
        <UnfoldingProvider>
          <LoggedRun value={run.id}>
            <OpenConversation key={run.id} run={run} end={end} {...opened} />
          </LoggedRun>
        </UnfoldingProvider>
      ) : (
        <Skeleton className="flex-1" />
      )}
    </div>
  );
}

/** Opens a conversation at its end, or as far back as somebody was reading in it. */
async function openAt(conversation: RunConversation, live: boolean, first: KeptPlace | null): Promise<void> {
  await conversation.open(live);
  const place = first && offsetInKey(first.key);
  if (place?.runId === conversation.runId && place.offset < conversation.getSnapshot().loadedFrom) await conversation.loadEarlier(place.offset);
}

interface OpenConversationProps {
  run: RunView;
  end: ReactNode;
  current: RunConversation;
  earlier: EarlierRuns;
  first: KeptPlace | null;
}

function OpenConversation({ run, end, current, earlier, first }: OpenConversationProps) {
  const trpc = useTRPC();
  const snapshot = useSyncExternalStore(current.subscribe, current.getSnapshot, current.getSnapshot);
  const version = useSyncExternalStore(earlier.subscribe, earlier.getVersion, earlier.getVersion);
  const before = useQuery(trpc.conversations.runs.queryOptions({ runId: run.id }, { enabled: run.resumesRunId !== null, staleTime: Infinity })).data;
  const [unfolded, setUnfolded] = useState<ReadonlySet<string>>(new Set(first?.unfolded ?? []));
  const hasEnd = Boolean(end);
  const rows = useMemo(() => {
    void version; // what the earlier runs hold has no identity of its own
    return allRows({ runId: run.id, before: before ?? [], unfolded, earlier, snapshot, hasEnd });
  }, [run.id, before, unfolded, earlier, snapshot, version, hasEnd]);

  const toggle = (runId: string) => {
    const next = new Set(unfolded);
    if (!next.delete(runId)) next.add(runId);
    if (next.has(runId)) earlier.open(runId);
    setUnfolded(next);
  };
  const onPlace = useCallback((place: Pick<KeptPlace, 'key' | 'below'> | null) => keepPlace(run.id, place && { ...place, unfolded: [...unfolded] }), [run.id, unfolded]);
  const onNearStart = useCallback(() => {
    if (current.getSnapshot().loadedFrom > 0 && current.getSnapshot().problem === null) void current.loadEarlier();
  }, [current]);
  const draw = (row: ConversationRow) => drawRow(row, { run, end, current, earlier, snapshot, before: before ?? [], toggle });
  return <ConversationList rows={rows} draw={draw} first={first} ended={isFinal(run.status)} onPlace={onPlace} onNearStart={onNearStart} />;
}

interface AllRows {
  runId: string;
  before: readonly ConversationRun[];
  unfolded: ReadonlySet<string>;
  earlier: EarlierRuns;
  snapshot: ReturnType<RunConversation['getSnapshot']>;
  hasEnd: boolean;
}

function allRows({ runId, before, unfolded, earlier, snapshot, hasEnd }: AllRows): ConversationRow[] {
  const rows: ConversationRow[] = [];
  for (const run of before) {
    if (run.id === runId) continue;
    const held = unfolded.has(run.id) ? earlier.of(run.id) : null;
    rows.push({ kind: 'run', key: `${run.id} run`, run, unfolded: unfolded.has(run.id) });
    if (held) for (const row of rowsOfRun(run.id, held.getSnapshot())) rows.push(row);
  }
  for (const row of rowsOfRun(runId, snapshot)) rows.push(row);
  rows.push({ kind: 'standing', key: 'standing' });
  if (hasEnd) rows.push({ kind: 'end', key: 'end' });
  return rows;
}

interface Drawn extends Omit<OpenConversationProps, 'first'> {
  snapshot: AllRows['snapshot'];
  before: readonly ConversationRun[];
  toggle: (runId: string) => void;
}

function drawRow(row: ConversationRow, { run, end, current, earlier, snapshot, before, toggle }: Drawn): ReactNode {
  const earlierRun = (runId: string) => before.find(({ id }) => id === runId);
  switch (row.kind) {
    case 'run':
      return <EarlierRunRow run={row.run} workspaceId={run.workspaceId} unfolded={row.unfolded} onToggle={() => toggle(row.run.id)} />;
    case 'prompt':
      return row.runId === run.id ? <PromptRow runId={run.id} prompt={run.prompt} /> : <EarlierPromptRow runId={row.runId} promptStart={earlierRun(row.runId)?.promptStart ?? ''} />;
    case 'earlier': {
      const held = row.runId === run.id ? current : earlier.of(row.runId);
      return <EarlierRow snapshot={row.snapshot} onLoad={() => void held?.loadEarlier()} onRetry={() => void held?.open(row.runId === run.id && !isFinal(run.status))} />;
    }
    case 'item':
      return (
        <RowRun value={row.runId}>
          <ItemView item={row.item} live={row.runId === run.id && !isFinal(run.status)} simulated={(row.runId === run.id ? run : earlierRun(row.runId))?.simulated ?? false} />
        </RowRun>
      );
    case 'figures':
      return <FiguresRow turn={row.turn} contextWindow={snapshot.conversation.contextWindow} />;
    case 'typing':
      return <TypingRow block={row.block} />;
    case 'standing':
      return <StandingRow run={run} snapshot={snapshot} />;
    case 'end':
      return end;
  }
}
