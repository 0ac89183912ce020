'use client';

import { clsx } from 'clsx';
import { Popover } from 'radix-ui';
import { useEffect, useId, useRef, useState, type ComponentProps, type ReactNode } from 'react';
import { closed, pressKey } from '@/components/ui/combobox-keys';
import { TextInput } from '@/components/ui/field';

export interface ComboboxOption {
  value: string;
  children: ReactNode;
}

interface ComboboxProps extends Omit<ComponentProps<'input'>, 'value' | 'onChange' | 'list'> {
  /** Name of the list for screen readers. */
  listLabel: string;
  text: string;
  onText: (text: string) => void;
  options: readonly ComboboxOption[];
  onTake: (value: string) => void;
  /** Stands in place of the options: that they are being looked for, that there are none, or why they cannot be had. */
  message?: ReactNode;
  /** False where the text is an answer of its own: no list then. */
  offers?: boolean;
  /** The list is wanted now, or not any more. */
  onOpenChange?: (open: boolean) => void;
}

/**
 * A text field that offers options for what is typed; anything else may be typed as well. The focus stays in the text
 * (`aria-activedescendant`). The list is not moved to the end of the page: a modal dialog would lie above it.
 */
export function Combobox({ listLabel, text, onText, options, onTake, message, offers = true, onOpenChange, ...rest }: ComboboxProps) {
  const listId = useId();
  const input = useRef<HTMLInputElement>(null);
  const [list, setList] = useState(closed);
  const shown = list.open && offers && (options.length > 0 || Boolean(message));
  const change = (next: typeof list) => {
    setList(next);
    if (next.open !== list.open) onOpenChange?.(next.open);
  };
  const take = (index: number) => {
    const option = options[index];
    if (option) onTake(option.value);
  };
  const optionId = (index: number) => `${listId}-${index}`;
  const active = shown && list.active >= 0 && list.active < options.length ? list.active : -1;
  return (
    <Popover.Root open={shown} onOpenChange={(open) => !open && change(closed)}>
      <Popover.Anchor asChild>
        <TextInput
          {...rest}
          ref={input}
          role="combobox"
          aria-autocomplete="list"
          aria-expanded={shown}
          aria-controls={shown ? listId : undefined}
          aria-activedescendant={active >= 0 ? optionId(active) : undefined}
          value={text}
          onChange={(event) => {
            onText(event.target.value);
            change({ open: true, active: 0 });
          }}
          onClick={() => !list.open && change({ open: true, active: -1 })}
          onBlur={() => change(closed)}
          onKeyDown={(event) => {
            const effect = offers ? pressKey(event.key, { ...list, open: shown }, options.length) : null;
            if (!effect) return;
            event.preventDefault();
            change(effect.state);
            if (effect.takes !== undefined) take(effect.takes);
          }}
        />
      </Popover.Anchor>
      <Popover.Content
        id={listId}
        role="listbox"
        aria-label={listLabel}
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
        {options.map((option, index) => (
          <Option key={option.value} id={optionId(index)} active={index === active} onTake={() => (change(closed), take(index))}>
            {option.children}
          </Option>
        ))}
      </Popover.Content>
      <span role="status" className="sr-only">
        {shown && (options.length > 0 ? `${options.length} offered` : message)}
      </span>
    </Popover.Root>
  );
}

function Option({ id, active, onTake, children }: { id: string; active: boolean; onTake: () => void; children: ReactNode }) {
  const ref = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (active) ref.current?.scrollIntoView({ block: 'nearest' });
  }, [active]);
  return (
    <div ref={ref} id={id} role="option" aria-selected={active} onClick={onTake} className={clsx('flex min-h-9 cursor-pointer items-center gap-2 rounded-md px-2 py-1', active ? 'bg-hover' : 'hover:bg-hover')}>
      {children}
    </div>
  );
}
