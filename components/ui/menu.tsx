'use client';

import { clsx } from 'clsx';
import { DropdownMenu } from 'radix-ui';
import { useState, type ReactNode } from 'react';

/**
 * A menu behind a button. `modal` is off because locking the page would add a style element, which the content policy forbids. It is
 * drawn in the dialog that is open: what is outside of that takes no clicks.
 */
export function Menu({ trigger, label, children }: { trigger: ReactNode; label: string; children: ReactNode }) {
  const [dialog, setDialog] = useState<HTMLElement | null>(null);
  return (
    <DropdownMenu.Root modal={false} onOpenChange={(open) => open && setDialog(document.querySelector<HTMLElement>('dialog[open]'))}>
      <DropdownMenu.Trigger asChild>{trigger}</DropdownMenu.Trigger>
      <DropdownMenu.Portal container={dialog}>
        <DropdownMenu.Content aria-label={label} align="end" sideOffset={6} collisionPadding={8} className="z-50 min-w-52 rounded-lg border border-line bg-surface p-1 shadow-xl">
          {children}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}

interface MenuItemProps {
  icon: ReactNode;
  children: ReactNode;
  danger?: boolean;
  disabled?: boolean;
  /** Why it cannot be chosen now, or what it does. */
  note?: string;
  onSelect: () => void;
}

export function MenuItem({ icon, children, danger = false, disabled = false, note, onSelect }: MenuItemProps) {
  return (
    <DropdownMenu.Item
      disabled={disabled}
      onSelect={onSelect}
      className={clsx(
        'flex min-h-8 items-center gap-2 rounded-md px-2 py-1 outline-none data-[disabled]:opacity-55 data-[highlighted]:bg-hover [&_svg]:size-4 [&_svg]:shrink-0',
        danger ? 'text-state-failed' : '[&_svg]:text-ink-soft',
      )}
    >
      {icon}
      <span className="min-w-0">
        {children}
        {note && <span className="block max-w-64 text-xs text-ink-faint">{note}</span>}
      </span>
    </DropdownMenu.Item>
  );
}

export function MenuLine() {
  return <DropdownMenu.Separator className="my-1 h-px bg-line" />;
}
