'use client';

import { clsx } from 'clsx';
import Link from 'next/link';
import type { ReactNode } from 'react';
import { AlertBell } from '@/components/alerts/alert-bell';
import { Banners } from '@/components/alerts/banners';
import { NeedsYouCount } from '@/components/board/needs-you-count';
import { NewRunProvider } from '@/components/board/new-run';
import { isNotifying, useNotifications } from '@/components/board/notifications';
import { BottomBar } from '@/components/frame/bottom-bar';
import { ConnectionNotice } from '@/components/frame/connection-notice';
import { NewerBuildNotice } from '@/components/frame/newer-build-notice';
import { PageKeysProvider } from '@/components/frame/page-keys';
import { PersonProvider, type Person } from '@/components/frame/person-context';
import { PersonMenu } from '@/components/frame/person-menu';
import { places, useIsHere, type Place } from '@/components/frame/places';
import { SimulatorBanner } from '@/components/frame/simulator-banner';
import { Wordmark } from '@/components/frame/wordmark';
import { CommandPaletteProvider, PaletteButton } from '@/components/palette/command-palette';
import { ServerReachProvider, useReach } from '@/components/trpc/server-reach';
import { useWatchChanges } from '@/components/trpc/watch-changes';

interface AppFrameProps {
  person: Person;
  signOut: () => Promise<void>;
  children: ReactNode;
}

/** What stands around every page: a rail on the left, on a phone a bar at the bottom; and above the page what blocks work. */
export function AppFrame({ person, signOut, children }: AppFrameProps) {
  const reach = useReach(useWatchChanges(isNotifying));
  return (
    <ServerReachProvider reach={reach}>
      <PersonProvider person={person}>
        <PageKeysProvider>
          <NewRunProvider>
            <CommandPaletteProvider>
              <Frame person={person} signOut={signOut}>
                {children}
              </Frame>
            </CommandPaletteProvider>
          </NewRunProvider>
        </PageKeysProvider>
      </PersonProvider>
    </ServerReachProvider>
  );
}

function Frame({ person, signOut, children }: AppFrameProps) {
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
        <PaletteButton />
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
        <ConnectionNotice />
        <NewerBuildNotice />
        <SimulatorBanner />
        <Banners />
        <main id="content" tabIndex={-1} className="flex min-w-0 flex-1 flex-col outline-none has-data-fits-screen:min-h-0 md:min-h-0">
          {children}
        </main>
      </div>
      <BottomBar person={person} signOut={signOut} />
    </div>
  );
}

function RailLink({ href, label, icon: Icon }: Place) {
  const here = useIsHere()(href);
  return (
    <Link href={href} aria-current={here ? 'page' : undefined} className={clsx('flex h-8 items-center gap-2 rounded-md px-2 font-medium', here ? 'bg-raised text-ink shadow-sm' : 'text-ink-soft hover:bg-hover hover:text-ink')}>
      <Icon aria-hidden className="size-4" />
      {label}
      {href === '/' && <NeedsYouCount />}
    </Link>
  );
}
