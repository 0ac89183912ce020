'use client';

import { Check, LogOut, Monitor, MonitorX, Moon, Sun } from 'lucide-react';
import { useTheme } from 'next-themes';
import { DropdownMenu } from 'radix-ui';
import { startTransition } from 'react';
import type { Person } from '@/components/frame/person-context';
import { forgetDrafts } from '@/components/steering/use-draft';

const themes = [
  { value: 'system', label: 'As the system', icon: Monitor },
  { value: 'light', label: 'Light', icon: Sun },
  { value: 'dark', label: 'Dark', icon: Moon },
];

/** How an entry of these menus looks: high enough for a thumb on a phone. */
export const menuItem = 'flex h-11 items-center gap-2 rounded-md px-2 outline-none data-[highlighted]:bg-hover md:h-8 [&_svg]:size-4 [&_svg]:text-ink-soft';

interface PersonMenuItemsProps {
  person: Person;
  signOut: () => Promise<void>;
  onSignOutEverywhere: () => void;
}

/** Who is signed in; theme and sign-out. */
export function PersonMenuItems({ person, signOut, onSignOutEverywhere }: PersonMenuItemsProps) {
  const { theme, setTheme } = useTheme();
  const leave = () => {
    forgetDrafts(person.login);
    startTransition(signOut);
  };
  return (
    <>
      <div className="px-2 py-1.5">
        <div className="truncate font-medium">{person.login}</div>
        <div className="text-xs text-ink-faint">{person.role === 'admin' ? 'Administrator' : 'Member'}</div>
      </div>
      <DropdownMenu.Separator className="my-1 h-px bg-line" />
      <DropdownMenu.Label className="px-2 pb-1 text-xs text-ink-faint">Theme</DropdownMenu.Label>
      <DropdownMenu.RadioGroup value={theme ?? 'system'} onValueChange={setTheme} aria-label="Theme">
        {themes.map(({ value, label, icon: Icon }) => (
          <DropdownMenu.RadioItem key={value} value={value} className={menuItem}>
            <Icon aria-hidden />
            {label}
            <DropdownMenu.ItemIndicator className="ml-auto">
              <Check aria-hidden />
            </DropdownMenu.ItemIndicator>
          </DropdownMenu.RadioItem>
        ))}
      </DropdownMenu.RadioGroup>
      <DropdownMenu.Separator className="my-1 h-px bg-line" />
      <DropdownMenu.Item className={menuItem} onSelect={leave}>
        <LogOut aria-hidden />
        Sign out
      </DropdownMenu.Item>
      <DropdownMenu.Item className={menuItem} onSelect={onSignOutEverywhere}>
        <MonitorX aria-hidden />
        Sign out everywhere…
      </DropdownMenu.Item>
    </>
  );
}
