'use client';

import { DropdownMenu } from 'radix-ui';
import { useState } from 'react';
import type { Person } from '@/components/frame/person-context';
import { PersonMenuItems } from '@/components/frame/person-menu-items';
import { SignOutEverywhereDialog } from '@/components/people/sign-out-everywhere';

/** Who is signed in; theme and sign-out. `modal` is off because locking the page would add a style element. */
export function PersonMenu({ person, signOut }: { person: Person; signOut: () => Promise<void> }) {
  const [askingEverywhere, setAskingEverywhere] = useState(false);
  return (
    <>
      <DropdownMenu.Root modal={false}>
        <DropdownMenu.Trigger className="flex h-9 w-full items-center gap-2 rounded-md px-2 text-left font-medium hover:bg-hover hover:text-ink">
          <Initial login={person.login} />
          <span className="truncate">{person.login}</span>
        </DropdownMenu.Trigger>
        <DropdownMenu.Portal>
          <DropdownMenu.Content side="top" align="start" sideOffset={6} collisionPadding={8} className="z-50 w-56 rounded-lg border border-line bg-surface p-1 shadow-xl">
            <PersonMenuItems person={person} signOut={signOut} onSignOutEverywhere={() => setAskingEverywhere(true)} />
          </DropdownMenu.Content>
        </DropdownMenu.Portal>
      </DropdownMenu.Root>
      <SignOutEverywhereDialog open={askingEverywhere} onClose={() => setAskingEverywhere(false)} />
    </>
  );
}

function Initial({ login }: { login: string }) {
  return (
    <span aria-hidden className="grid size-6 shrink-0 place-items-center rounded-full bg-accent-soft text-xs font-semibold text-accent uppercase">
      {login.slice(0, 1)}
    </span>
  );
}
