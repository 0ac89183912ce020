'use client';

import { useQuery } from '@tanstack/react-query';
import { Command } from 'cmdk';
import { BookOpen, Boxes, Gauge, Keyboard, ListChecks, Play, Search, Settings } from 'lucide-react';
import { useRouter } from 'next/navigation';
import { createContext, useCallback, useContext, useEffect, useState, type ReactNode } from 'react';
import { useNewRun } from '@/components/board/new-run';
import { useBoard } from '@/components/board/use-board';
import { useShowKeys } from '@/components/frame/page-keys';
import { useIsAdmin } from '@/components/frame/person-context';
import { places, type Place } from '@/components/frame/places';
import { RunState } from '@/components/runs/run-state';
import { useTRPC } from '@/components/trpc/trpc';
import { Dialog } from '@/components/ui/dialog';
import { WorkspaceState } from '@/components/workspaces/workspace-state';

const pages: Place[] = [
  ...places,
  { href: '/search', label: 'Search in logs', icon: Search },
  { href: '/batches', label: 'Batches', icon: ListChecks },
  { href: '/settings?tab=connections', label: 'Settings: Connections', icon: Settings },
  { href: '/settings?tab=secrets', label: 'Settings: Secrets', icon: Settings },
  { href: '/settings?tab=tokens', label: 'Settings: API tokens', icon: Settings },
  { href: '/api-reference', label: 'API reference', icon: BookOpen },
  { href: '/welcome', label: 'Set up in five steps', icon: ListChecks },
];

/** Only administrators have them. */
const adminPages: Place[] = [
  { href: '/system?tab=retention', label: 'System: Retention', icon: Gauge },
  { href: '/settings?tab=people', label: 'Settings: People', icon: Settings },
  { href: '/settings?tab=audit', label: 'Settings: Audit', icon: Settings },
];

const OpenContext = createContext<() => void>(() => {});

/** Opens the palette, as ⌘K and Ctrl+K do. */
export function useOpenPalette(): () => void {
  return useContext(OpenContext);
}

/** ⌘K or Ctrl+K: go anywhere and begin anything by typing a few letters of its name. */
export function CommandPaletteProvider({ children }: { children: ReactNode }) {
  const [open, setOpen] = useState(false);
  const show = useCallback(() => setOpen((before) => before || document.querySelector('dialog[open]:not(:empty)') === null), []);
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() !== 'k' || !(event.metaKey || event.ctrlKey) || event.altKey || event.shiftKey) return;
      event.preventDefault();
      show();
    };
    window.addEventListener('keydown', onKeyDown);
    return () => window.removeEventListener('keydown', onKeyDown);
  }, [show]);
  return (
    <OpenContext.Provider value={show}>
      {children}
      <Dialog open={open} onClose={() => setOpen(false)} title="Go to…" atTop>
        <Choices onDone={() => setOpen(false)} />
      </Dialog>
    </OpenContext.Provider>
  );
}

/** The palette's place in the rail. */
export function PaletteButton() {
  const show = useOpenPalette();
  return (
    <button type="button" onClick={show} className="flex h-8 w-full items-center gap-2 rounded-md px-2 text-left font-medium text-ink-soft hover:bg-hover hover:text-ink">
      <Search aria-hidden className="size-4" />
      Go to…
      <kbd className="ml-auto rounded border border-line-strong px-1 font-mono text-[10px] leading-4 text-ink-faint">Ctrl K</kbd>
    </button>
  );
}

function Choices({ onDone }: { onDone: () => void }) {
  const trpc = useTRPC();
  const router = useRouter();
  const openNewRun = useNewRun();
  const showKeys = useShowKeys();
  const isAdmin = useIsAdmin();
  const workspaces = useQuery(trpc.workspaces.list.queryOptions()).data ?? [];
  const cards = useBoard().data ?? [];
  const go = (href: string) => {
    onDone();
    router.push(href);
  };
  const after = (act: () => void) => () => {
    onDone();
    setTimeout(act); // the dialog gives the focus back first
  };
  return (
    <Command label="Go to" loop className="flex flex-col gap-2">
      <Command.Input autoFocus placeholder="Type a name, or part of a prompt" className="h-9 w-full rounded-md border border-control bg-surface px-3 max-sm:text-[16px]" />
      <Command.List className="max-h-[min(420px,60dvh)] overflow-y-auto">
        <Command.Empty className="px-2 py-6 text-center text-sm text-ink-faint">Nothing here is called that.</Command.Empty>
        <Group heading="Do">
          <Choice icon={<Play />} value="New run" keys="N" onSelect={after(openNewRun)} />
          <Choice icon={<Keyboard />} value="Show the keys of this page" keys="?" onSelect={after(showKeys)} />
        </Group>
        <Group heading="Pages">
          {[...pages, ...(isAdmin ? adminPages : [])].map(({ href, label, icon: Icon }) => (
            <Choice key={href} icon={<Icon />} value={label} onSelect={() => go(href)} />
          ))}
        </Group>
        {workspaces.length > 0 && (
          <Group heading="Workspaces">
            {workspaces.map(({ id, name, repositoryUrl, status }) => (
              <Choice key={id} id={id} icon={<Boxes />} value={name} note={<WorkspaceState status={status} />} keywords={[repositoryUrl]} onSelect={() => go(`/workspaces/${id}`)} />
            ))}
          </Group>
        )}
        {cards.length > 0 && (
          <Group heading="Runs">
            {cards.map((card) => (
              <Choice key={card.runId} id={card.runId} icon={<Play />} value={card.title} note={<RunState run={card} />} keywords={[card.workspaceName, card.branch, `#${card.number}`]} onSelect={() => go(`/workspaces/${card.workspaceId}/runs/${card.runId}`)} />
            ))}
          </Group>
        )}
      </Command.List>
    </Command>
  );
}

function Group({ heading, children }: { heading: string; children: ReactNode }) {
  return (
    <Command.Group heading={heading} className="text-sm [&_[cmdk-group-heading]]:px-2 [&_[cmdk-group-heading]]:pt-2 [&_[cmdk-group-heading]]:pb-1 [&_[cmdk-group-heading]]:text-xs [&_[cmdk-group-heading]]:text-ink-faint">
      {children}
    </Command.Group>
  );
}

interface ChoiceProps {
  /** Tells apart what has the same name. */
  id?: string;
  icon: ReactNode;
  value: string;
  note?: ReactNode;
  keys?: string;
  keywords?: string[];
  onSelect: () => void;
}

function Choice({ id, icon, value, note, keys, keywords, onSelect }: ChoiceProps) {
  return (
    <Command.Item value={id ? `${value} ${id}` : value} {...(keywords && { keywords })} onSelect={onSelect} className="flex min-h-9 cursor-pointer items-center gap-2 rounded-md px-2 py-1 data-[selected=true]:bg-hover [&>svg]:size-4 [&>svg]:shrink-0 [&>svg]:text-ink-soft">
      {icon}
      <span className="min-w-0 flex-1 truncate">{value}</span>
      {note && <span className="shrink-0 text-xs">{note}</span>}
      {keys && <kbd className="rounded border border-line-strong px-1.5 font-mono text-xs text-ink-faint">{keys}</kbd>}
    </Command.Item>
  );
}
