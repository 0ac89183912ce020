'use client';

import { clsx } from 'clsx';
import { Popover } from 'radix-ui';
import { useEffect, useRef, type ReactNode, type RefObject } from 'react';

export interface ComboboxOption {
  value: string;
  children: ReactNode;
}

export function optionId(listId: string, index: number): string {
  return `${listId}-${index}`;
}

interface ComboboxListProps {
  id: string;
  label: string;
  input: RefObject<HTMLInputElement | null>;
  options: readonly ComboboxOption[];
  active: number;
  message: ReactNode;
  onTake: (index: number) => void;
}

/** What a combobox offers, below its text. It is not moved to the end of the page: a modal dialog would lie above it. */
export function ComboboxList({ id, label, input, options, active, message, onTake }: ComboboxListProps) {
  return (
    <Popover.Content
      id={id}
      role="listbox"
      aria-label={label}
      align="start"
      sideOffset={4}
      collisionPadding={8}
      onOpenAutoFocus={(event) => event.preventDefault()}
      onCloseAutoFocus={(event) => event.preventDefault()}
      onInteractOutside={(event) => input.current?.contains(event.target as Node) && event.preventDefault()}
      onMouseDown={(event) => event.preventDefault()} // else the text loses the focus before the click arrives
      className="z-50 max-h-[min(20rem,var(--radix-popover-content-available-height))] w-(--radix-popover-trigger-width) overflow-y-auto rounded-lg border border-line bg-surface p-1 shadow-xl"
    >
      {message && (
        <div role="presentation" className="px-2 py-1.5 text-sm text-ink-soft">
          {message}
        </div>
      )}
      {options.map(({ value, children }, index) => (
        <Option key={value} id={optionId(id, index)} active={index === active} onTake={() => onTake(index)}>
          {children}
        </Option>
      ))}
    </Popover.Content>
  );
}

/** The keyboard stays in the text, so it is reached by its arrows and never by Tab. */
function Option({ id, active, onTake, children }: { id: string; active: boolean; onTake: () => void; children: ReactNode }) {
  const ref = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (active) ref.current?.scrollIntoView({ block: 'nearest' });
  }, [active]);
  return (
    <div ref={ref} id={id} role="option" tabIndex={-1} aria-selected={active} onClick={onTake} className={clsx('flex min-h-9 cursor-pointer items-center gap-2 rounded-md px-2 py-1', active ? 'bg-hover' : 'hover:bg-hover')}>
      {children}
    </div>
  );
}
