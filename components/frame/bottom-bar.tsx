'use client';

import { clsx } from 'clsx';
import Link from 'next/link';
import { AlertBell } from '@/components/alerts/alert-bell';
import { NeedsYouCount } from '@/components/board/needs-you-count';
import { barLooks } from '@/components/frame/bar-looks';
import { MoreMenu } from '@/components/frame/more-menu';
import type { Person } from '@/components/frame/person-context';
import { barPlaces, useIsHere } from '@/components/frame/places';

/** What the rail is on a phone: five places under the thumb, the last of them with all the others. */
export function BottomBar({ person, signOut }: { person: Person; signOut: () => Promise<void> }) {
  const isHere = useIsHere();
  return (
    <nav aria-label="Main" className="fixed inset-x-0 bottom-0 z-30 flex h-14 items-stretch border-t border-line bg-surface md:hidden">
      {barPlaces.map(({ href, label, icon: Icon }) => (
        <Link key={href} href={href} aria-current={isHere(href) ? 'page' : undefined} className={clsx(barLooks, isHere(href) ? 'text-accent' : 'text-ink-soft')}>
          <span className="relative">
            <Icon aria-hidden className="size-5" />
            {href === '/' && <NeedsYouCount compact />}
          </span>
          {label}
        </Link>
      ))}
      <AlertBell isAdmin={person.role === 'admin'} compact />
      <MoreMenu person={person} signOut={signOut} />
    </nav>
  );
}
