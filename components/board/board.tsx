'use client';

import { useQuery } from '@tanstack/react-query';
import { Columns3, Plus } from 'lucide-react';
import { useState } from 'react';
import { boardColumns, type BoardCard } from '@/contract/board';
import { BoardColumnList } from '@/components/board/board-column';
import { NotifySwitch } from '@/components/board/notify-switch';
import { useBoard } from '@/components/board/use-board';
import { useNewRun } from '@/components/board/new-run';
import { useIsAdmin } from '@/components/frame/person-context';
import { Loaded } from '@/components/trpc/loaded';
import { useTRPC } from '@/components/trpc/trpc';
import { Button, ButtonLink } from '@/components/ui/button';
import { EmptyState } from '@/components/ui/empty-state';
import { Segmented } from '@/components/ui/segmented';
import { ArchivedSwitch } from '@/components/variants/archived-switch';

const whose = [
  { value: 'mine' as const, label: 'Mine' },
  { value: 'all' as const, label: 'Everybody’s' },
];

/** All runs over all workspaces, by what they need. */
export function Board() {
  const isAdmin = useIsAdmin();
  const [of, setOf] = useState<'mine' | 'all'>('mine');
  const [archived, setArchived] = useState(false);
  const cards = useBoard(of, archived);
  const openNewRun = useNewRun();
  return (
    <div className="flex min-h-0 w-full flex-1 flex-col gap-4 px-4 py-5 sm:px-6 md:basis-0">
      <header className="flex flex-wrap items-center gap-x-3 gap-y-2">
        <h1 className="text-xl font-semibold">Board</h1>
        {isAdmin && (
          <div className="flex">
            <Segmented label="Whose runs" value={of} options={whose} onChange={setOf} />
          </div>
        )}
        <span className="ml-auto flex items-center gap-2">
          <ArchivedSwitch shown={archived} onChange={setArchived} />
          <NotifySwitch />
          <Button variant="primary" icon={<Plus aria-hidden className="size-4" />} title="N" onClick={openNewRun}>
            New run
          </Button>
        </span>
      </header>
      <Loaded query={cards} height="h-96">
        {(all) => (all.length === 0 ? <NothingYet onNewRun={openNewRun} /> : <Columns cards={all} showOwner={of === 'all'} />)}
      </Loaded>
    </div>
  );
}

/** Four beside each other where there is room; else below each other, and those without a card only say so. */
function Columns({ cards, showOwner }: { cards: BoardCard[]; showOwner: boolean }) {
  return (
    <div className="grid min-h-0 flex-1 grid-cols-1 gap-x-4 gap-y-5 sm:grid-cols-2 xl:grid-cols-4">
      {boardColumns.map((column) => (
        <BoardColumnList key={column} column={column} cards={cards.filter((card) => card.column === column)} showOwner={showOwner} />
      ))}
    </div>
  );
}

function NothingYet({ onNewRun }: { onNewRun: () => void }) {
  const trpc = useTRPC();
  const isNew = useQuery(trpc.workspaces.list.queryOptions()).data?.length === 0;
  const newRun = (
    <Button variant="primary" icon={<Plus aria-hidden className="size-4" />} onClick={onNewRun}>
      New run
    </Button>
  );
  return (
    <div className="rounded-lg border border-line bg-surface">
      <EmptyState icon={Columns3} title="Nothing running" action={isNew ? <ButtonLink variant="primary" href="/welcome">Set up in five steps</ButtonLink> : newRun}>
        Open a workspace and ask for something: every run stands here, with what it needs, while it works and when it is done.
      </EmptyState>
    </div>
  );
}
