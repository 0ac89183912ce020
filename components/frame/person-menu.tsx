'use client';

import { clsx } from 'clsx';
import { Check, LogOut, Monitor, MonitorX, Moon, Sun } from 'lucide-react';
import { useTheme } from 'next-themes';
import { DropdownMenu } from 'radix-ui';
import { startTransition, useState } from 'react';
import { SignOutEverywhereDialog } from '@/components/people/sign-out-everywhere';

export interface Person {
  login: string;
  role: 'admin' | 'member';
}

const themes = [
  { value: 'system', label: 'As the system', icon: Monitor },
  { value: 'light', label: 'Light', icon: Sun },
  { value: 'dark', label: 'Dark', icon: Moon },
];

const item = 'flex h-8 items-center gap-2 rounded-md px-2 outline-none data-[highlighted]:bg-hover [&_svg]:size-4 [&_svg]:text-ink-soft';

/** Who is signed in; theme and sign-out. `modal` is off because locking the page would add a style element. */
export function PersonMenu({ person, signOut, compact = false }: { person: Person; signOut: () => Promise<void>; compact?: boolean }) {
  const { theme, setTheme } = useTheme();
  const [askingEverywhere, setAskingEverywhere] = useState(false);
  return (
    <>
      <DropdownMenu.Root modal={false}>
        <DropdownMenu.Trigger
          className={clsx(
            'font-medium hover:text-ink',
            compact ? 'flex min-w-0 flex-1 flex-col items-center justify-center gap-0.5 text-[9px] text-ink-soft' : 'flex h-9 w-full items-center gap-2 rounded-md px-2 text-left hover:bg-hover',
          )}
        >
          <Initial login={person.login} />
          <span className="truncate">{compact ? 'You' : person.login}</span>
        </DropdownMenu.Trigger>
        <DropdownMenu.Portal>
          <DropdownMenu.Content side="top" align="start" sideOffset={6} collisionPadding={8} className="z-50 w-56 rounded-lg border border-line bg-surface p-1 shadow-xl">
            <div className="px-2 py-1.5">
              <div className="truncate font-medium">{person.login}</div>
              <div className="text-xs text-ink-faint">{person.role === 'admin' ? 'Administrator' : 'Member'}</div>
            </div>
            <DropdownMenu.Separator className="my-1 h-px bg-line" />
            <DropdownMenu.Label className="px-2 pb-1 text-xs text-ink-faint">Theme</DropdownMenu.Label>
            <DropdownMenu.RadioGroup value={theme ?? 'system'} onValueChange={setTheme} aria-label="Theme">
              {themes.map(({ value, label, icon: Icon }) => (
                <DropdownMenu.RadioItem key={value} value={value} className={item}>
                  <Icon aria-hidden />
                  {label}
                  <DropdownMenu.ItemIndicator className="ml-auto">
                    <Check aria-hidden />
                  </DropdownMenu.ItemIndicator>
                </DropdownMenu.RadioItem>
              ))}
            </DropdownMenu.RadioGroup>
            <DropdownMenu.Separator className="my-1 h-px bg-line" />
            <DropdownMenu.Item className={item} onSelect={() => startTransition(signOut)}>
              <LogOut aria-hidden />
              Sign out
            </DropdownMenu.Item>
            <DropdownMenu.Item className={item} onSelect={() => setAskingEverywhere(true)}>
              <MonitorX aria-hidden />
              Sign out everywhere…
            </DropdownMenu.Item>
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
