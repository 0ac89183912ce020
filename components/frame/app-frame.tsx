'use client';

import { Boxes, CalendarClock, Columns3, Gauge, Settings } from 'lucide-react';
import { clsx } from 'clsx';
import Link from 'next/link';
import { usePathname } from 'next/navigation';
import type { ReactNode } from 'react';
import { AlertBell } from '@/components/alerts/alert-bell';
import { Banners } from '@/components/alerts/banners';
import { NeedsYouCount } from '@/components/board/needs-you-count';
import { NewRunProvider } from '@/components/board/new-run';
import { useNotifications } from '@/components/board/notifications';
import { ConnectionNotice } from '@/components/frame/connection-notice';
import { PageKeysProvider } from '@/components/frame/page-keys';
import { PersonProvider } from '@/components/frame/person-context';
import { PersonMenu, type Person } from '@/components/frame/person-menu';
import { SimulatorBanner } from '@/components/frame/simulator-banner';
import { Wordmark } from '@/components/frame/wordmark';
import { CommandPalette } from '@/components/palette/command-palette';
import { useWatchChanges } from '@/components/trpc/watch-changes';

interface AppFrameProps {
  person: Person;
  signOut: () => Promise<void>;
  children: ReactNode;
}

const places = [
  { href: '/', label: 'Board', icon: Columns3 },
  { href: '/workspaces', label: 'Workspaces', icon: Boxes },
  { href: '/schedules', label: 'Schedules', icon: CalendarClock },
  { href: '/system', label: 'System', icon: Gauge },
  { href: '/settings', label: 'Settings', icon: Settings },
];

/** What stands around every page: a rail on the left, on a phone a bar at the bottom; and above the page what blocks work. */
export function AppFrame({ person, signOut, children }: AppFrameProps) {
  return (
    <PersonProvider person={person}>
      <PageKeysProvider>
        <NewRunProvider>
          <Frame person={person} signOut={signOut}>
            {children}
          </Frame>
        </NewRunProvider>
      </PageKeysProvider>
    </PersonProvider>
  );
}

function Frame({ person, signOut, children }: AppFrameProps) {
  const connection = useWatchChanges();
  useNotifications();
  return (
    <div className="flex min-h-dvh flex-col has-data-fits-screen:h-dvh md:h-dvh md:flex-row">
      <a href="#content" className="sr-only z-50 rounded-md bg-surface px-3 py-2 focus:not-sr-only focus:fixed focus:top-2 focus:left-2">
        Skip to the page
      </a>
      <aside className="hidden w-52 shrink-0 flex-col border-r border-line bg-rail p-3 md:flex">
        <Link href="/" className="mb-4 flex h-9 items-center px-2">
          <Wordmark />
        </Link>
        <CommandPalette />
        <nav aria-label="Main" className="mt-1 flex flex-col gap-0.5">
          {places.map((place) => (
            <RailLink key={place.href} {...place} />
          ))}
        </nav>
        <div className="mt-auto flex flex-col gap-0.5">
          <AlertBell isAdmin={person.role === 'admin'} />
          <PersonMenu person={person} signOut={signOut} />
        </div>
      </aside>
      <div className="flex min-h-0 min-w-0 flex-1 flex-col pb-14 md:overflow-y-auto md:pb-0">
        <ConnectionNotice connection={connection} />
        <SimulatorBanner />
        <Banners />
        <main id="content" tabIndex={-1} className="flex min-w-0 flex-1 flex-col outline-none has-data-fits-screen:min-h-0 md:min-h-0">
          {children}
        </main>
      </div>
      <nav aria-label="Main" className="fixed inset-x-0 bottom-0 z-30 flex h-14 items-stretch justify-around border-t border-line bg-surface md:hidden">
        {places.map((place) => (
          <BarLink key={place.href} {...place} />
        ))}
        <AlertBell isAdmin={person.role === 'admin'} compact />
        <PersonMenu person={person} signOut={signOut} compact />
      </nav>
    </div>
  );
}

function useIsHere(href: string): boolean {
  const path = usePathname();
  return path === href || (href !== '/' && path.startsWith(`${href}/`));
}

function RailLink({ href, label, icon: Icon }: (typeof places)[number]) {
  const here = useIsHere(href);
  return (
    <Link href={href} aria-current={here ? 'page' : undefined} className={clsx('flex h-8 items-center gap-2 rounded-md px-2 font-medium', here ? 'bg-raised text-ink shadow-sm' : 'text-ink-soft hover:bg-hover hover:text-ink')}>
      <Icon aria-hidden className="size-4" />
      {label}
      {href === '/' && <NeedsYouCount />}
    </Link>
  );
}

function BarLink({ href, label, icon: Icon }: (typeof places)[number]) {
  const here = useIsHere(href);
  return (
    <Link href={href} aria-current={here ? 'page' : undefined} className={clsx('flex min-w-0 flex-1 flex-col items-center justify-center gap-0.5 text-[9px] font-medium', here ? 'text-accent' : 'text-ink-soft')}>
      <span className="relative">
        <Icon aria-hidden className="size-5" />
        {href === '/' && <NeedsYouCount compact />}
      </span>
      {label}
    </Link>
  );
}
