'use client';

import { clsx } from 'clsx';
import { Tabs as RadixTabs } from 'radix-ui';
import { useEffect, useRef, type ReactNode } from 'react';

export interface TabItem {
  value: string;
  label: ReactNode;
}

/** A row of tabs and, below it as children, their `TabPanel`s. */
export function Tabs({ value, onChange, items, label, children }: { value: string; onChange: (value: string) => void; items: TabItem[]; label: string; children: ReactNode }) {
  return (
    <TabGroup value={value} onChange={onChange}>
      <TabList label={label} value={value} items={items} />
      {children}
    </TabGroup>
  );
}

/** Around a `TabList` and its panels, where they do not simply stand below each other. */
export function TabGroup({ value, onChange, className, children }: { value: string; onChange: (value: string) => void; className?: string; children: ReactNode }) {
  return (
    <RadixTabs.Root value={value} onValueChange={onChange} className={clsx('flex min-h-0 min-w-0 flex-1 flex-col', className)}>
      {children}
    </RadixTabs.Root>
  );
}

/** A row of tabs; arrow keys move between them. Where they are wider than the screen the open one is in view. */
export function TabList({ label, value, items }: { label: string; value: string; items: TabItem[] }) {
  const list = useRef<HTMLDivElement>(null);
  useEffect(() => {
    list.current?.querySelector('[data-state=active]')?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  }, [value]);
  return (
    <RadixTabs.List ref={list} aria-label={label} className="flex shrink-0 overflow-x-auto sm:gap-1 overflow-y-hidden border-b border-line [scrollbar-width:none]">
      {items.map((item) => (
        <RadixTabs.Trigger
          key={item.value}
          value={item.value}
          className="-mb-px flex h-9 shrink-0 items-center gap-1.5 border-b-2 border-transparent px-1.5 text-sm font-medium sm:px-3 sm:text-base text-ink-soft -outline-offset-2 hover:text-ink data-[state=active]:border-accent data-[state=active]:text-ink"
        >
          {item.label}
        </RadixTabs.Trigger>
      ))}
    </RadixTabs.List>
  );
}

export function TabPanel({ value, scrolls = false, children }: { value: string; scrolls?: boolean; children: ReactNode }) {
  return (
    <RadixTabs.Content value={value} tabIndex={-1} className={clsx('flex min-h-0 min-w-0 flex-1 flex-col outline-none data-[state=inactive]:hidden', scrolls && 'md:overflow-y-auto')}>
      {children}
    </RadixTabs.Content>
  );
}

interface KeptPanelProps {
  value: string;
  shown: boolean;
  /** False while it is no tab and stands by itself. */
  hasTab: boolean;
  /** Told when the focus comes into it. */
  onUsed: () => void;
  children: ReactNode;
}

/** A panel that is hidden but stays as it is while it is not shown. */
export function KeptPanel({ value, shown, hasTab, onUsed, children }: KeptPanelProps) {
  return (
    <RadixTabs.Content
      forceMount
      value={value}
      tabIndex={-1}
      {...(!hasTab && { role: undefined, 'aria-labelledby': undefined })}
      onFocus={onUsed}
      className={shown ? 'flex min-h-0 min-w-0 flex-1 flex-col outline-none' : 'hidden'}
    >
      {children}
    </RadixTabs.Content>
  );
}
