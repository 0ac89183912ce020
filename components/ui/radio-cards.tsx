'use client';

import { clsx } from 'clsx';
import { useId } from 'react';

interface RadioCardsProps<Value extends string> {
  label: string;
  value: Value;
  options: { value: Value; label: string; hint: string }[];
  onChange: (value: Value) => void;
}

/** A choice of few, each with a sentence on what it means. */
export function RadioCards<Value extends string>({ label, value, options, onChange }: RadioCardsProps<Value>) {
  const name = useId();
  return (
    <fieldset className="flex min-w-0 flex-col gap-1">
      <legend className="mb-1 text-sm font-medium">{label}</legend>
      <div className="grid gap-2 sm:grid-cols-3">
        {options.map((option) => (
          <label
            key={option.value}
            className={clsx('grid cursor-pointer grid-cols-[1rem_minmax(0,1fr)] content-start gap-x-2 rounded-md border px-3 py-2 has-focus-visible:outline-2 has-focus-visible:outline-accent', option.value === value ? 'border-accent bg-accent-soft' : 'border-line-strong hover:bg-hover')}
          >
            <input type="radio" name={name} className="mt-0.5 size-4 accent-accent" checked={option.value === value} onChange={() => onChange(option.value)} />
            <span className="text-sm font-medium">{option.label}</span>
            <span className="col-start-2 text-xs text-ink-soft">{option.hint}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}
