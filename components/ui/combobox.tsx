'use client';

import { Popover } from 'radix-ui';
import { useId, useRef, useState, type ComponentProps, type KeyboardEvent, type ReactNode } from 'react';
import { closed, pressKey, type ListState } from '@/components/ui/combobox-keys';
import { ComboboxList, optionId, type ComboboxOption } from '@/components/ui/combobox-list';
import { TextInput } from '@/components/ui/field';

interface ComboboxProps extends Omit<ComponentProps<'input'>, 'value' | 'onChange' | 'list'> {
  /** Name of the list for screen readers. */
  listLabel: string;
  text: string;
  onText: (text: string) => void;
  options: readonly ComboboxOption[];
  onTake: (value: string) => void;
  /** Stands above the options or in their place: that they are being looked for, that there are none, or why they cannot be had. */
  message?: ReactNode;
  /** False where the text is an answer of its own: no list then. */
  offers?: boolean;
  /** The list is wanted now, or not any more. */
  onOpenChange?: (open: boolean) => void;
}

/** A text field that offers options for what is typed; anything else may be typed as well. The focus stays in the text (`aria-activedescendant`). */
export function Combobox({ listLabel, text, onText, options, onTake, message, offers = true, onOpenChange, ...rest }: ComboboxProps) {
  const listId = useId();
  const input = useRef<HTMLInputElement>(null);
  const [list, change] = useList(onOpenChange);
  const shown = list.open && offers && (options.length > 0 || Boolean(message));
  const active = shown && list.active < options.length ? list.active : -1;
  const take = (index: number) => {
    change(closed);
    const option = options[index];
    if (option) onTake(option.value);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const effect = offers ? pressKey(event.key, { ...list, open: shown }, options.length) : null;
    if (!effect) return;
    event.preventDefault(); // else Escape closes the dialog behind it, and Enter sends the form
    if (effect.takes === undefined) change(effect.state);
    else take(effect.takes);
  };
  const typed = (next: string) => {
    onText(next);
    change({ open: true, active: 0 });
  };
  const announces = { role: 'combobox', 'aria-autocomplete': 'list', 'aria-expanded': shown, 'aria-controls': shown ? listId : undefined, 'aria-activedescendant': active >= 0 ? optionId(listId, active) : undefined } as const;
  return (
    <Popover.Root open={shown} onOpenChange={(open) => !open && change(closed)}>
      <Popover.Anchor asChild>
        <TextInput {...rest} {...announces} ref={input} value={text} onChange={(event) => typed(event.target.value)} onClick={() => !list.open && change({ open: true, active: -1 })} onBlur={() => change(closed)} onKeyDown={onKeyDown} />
      </Popover.Anchor>
      <ComboboxList id={listId} label={listLabel} input={input} options={options} active={active} message={message} onTake={take} />
      <span role="status" className="sr-only">
        {shown && (options.length > 0 ? `${options.length} offered` : message)}
      </span>
    </Popover.Root>
  );
}

function useList(onOpenChange: ((open: boolean) => void) | undefined): [ListState, (next: ListState) => void] {
  const [list, setList] = useState(closed);
  const change = (next: ListState) => {
    setList(next);
    if (next.open !== list.open) onOpenChange?.(next.open);
  };
  return [list, change];
}
