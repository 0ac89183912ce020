'use client';

import { clsx } from 'clsx';
import { useId } from 'react';

/** A small choice of two or three, as radio buttons that look like one control. */
export function Segmented<Value extends string>({ label, value, options, onChange }: { label: string; value: Value; options: { value: Value; label: string }[]; onChange: (value: Value) => void }) {
  const group = useId(); // two with one label on a page must not undo each other
  return (
    <div role="radiogroup" aria-label={label} className="inline-flex h-7 shrink-0 items-center self-start rounded-md bg-sunken p-0.5">
      {options.map((option) => (
        <label
          key={option.value}
          className={clsx(
            'relative inline-flex h-6 cursor-pointer items-center rounded-[5px] px-1.5 text-xs sm:px-2 font-medium has-focus-visible:outline-2 has-focus-visible:outline-accent',
            option.value === value ? 'bg-raised text-ink shadow-sm' : 'text-ink-soft hover:text-ink',
          )}
        >
          <input type="radio" name={group} className="absolute inset-0 cursor-pointer opacity-0" checked={option.value === value} onChange={() => onChange(option.value)} />
          {option.label}
        </label>
      ))}
    </div>
  );
}
