'use client';

import { clsx } from 'clsx';
import { Ellipsis, Search } from 'lucide-react';
import Link from 'next/link';
import { DropdownMenu } from 'radix-ui';
import { useState } from 'react';
import { barLooks } from '@/components/frame/bar-looks';
import type { Person } from '@/components/frame/person-context';
import { menuItem, PersonMenuItems } from '@/components/frame/person-menu-items';
import { morePlaces, useIsHere } from '@/components/frame/places';
import { useOpenPalette } from '@/components/palette/command-palette';
import { SignOutEverywhereDialog } from '@/components/people/sign-out-everywhere';

/** Behind the last place in the bar of a phone: the other pages, the palette, and what belongs to the person. */
export function MoreMenu({ person, signOut }: { person: Person; signOut: () => Promise<void> }) {
  const isHere = useIsHere();
  const openPalette = useOpenPalette();
  const [askingEverywhere, setAskingEverywhere] = useState(false);
  const here = morePlaces.some(({ href }) => isHere(href));
  return (
    <>
      <DropdownMenu.Root modal={false}>
        <DropdownMenu.Trigger className={clsx(barLooks, here ? 'text-accent' : 'text-ink-soft')}>
          <Ellipsis aria-hidden className="size-5" />
          More
        </DropdownMenu.Trigger>
        <DropdownMenu.Portal>
          <DropdownMenu.Content side="top" align="end" sideOffset={6} collisionPadding={8} className="z-50 max-h-(--radix-dropdown-menu-content-available-height) w-64 overflow-y-auto rounded-lg border border-line bg-surface p-1 shadow-xl">
            {morePlaces.map(({ href, label, icon: Icon }) => (
              <DropdownMenu.Item key={href} asChild className={menuItem}>
                <Link href={href} aria-current={isHere(href) ? 'page' : undefined}>
                  <Icon aria-hidden />
                  {label}
                </Link>
              </DropdownMenu.Item>
            ))}
            <DropdownMenu.Item className={menuItem} onSelect={openPalette}>
              <Search aria-hidden />
              Go to…
            </DropdownMenu.Item>
            <DropdownMenu.Separator className="my-1 h-px bg-line" />
            <PersonMenuItems person={person} signOut={signOut} onSignOutEverywhere={() => setAskingEverywhere(true)} />
          </DropdownMenu.Content>
        </DropdownMenu.Portal>
      </DropdownMenu.Root>
      <SignOutEverywhereDialog open={askingEverywhere} onClose={() => setAskingEverywhere(false)} />
    </>
  );
}
