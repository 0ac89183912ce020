'use client';

import { clsx } from 'clsx';
import { useId } from 'react';
import type { ChoiceQuestion } from '@/contract/question';
import { TextInput } from '@/components/ui/field';

/** What was chosen of one question, and the words of one's own. */
export interface Chosen {
  labels: string[];
  own: string;
}

/** One question: radio buttons, or tick boxes where several may be chosen, and a line for words of one's own. */
export function ChoiceFields({ choice, chosen, disabled, onChange }: { choice: ChoiceQuestion; chosen: Chosen; disabled: boolean; onChange: (chosen: Chosen) => void }) {
  const name = useId();
  const choose = (label: string, on: boolean) => {
    if (!choice.multiple) return onChange({ labels: [label], own: '' });
    onChange({ ...chosen, labels: on ? [...chosen.labels, label] : chosen.labels.filter((one) => one !== label) });
  };
  return (
    <fieldset disabled={disabled} className="flex min-w-0 flex-col gap-1.5">
      <legend className="mb-1 text-sm font-medium [overflow-wrap:anywhere]">
        {choice.question}
        {choice.multiple && <span className="ml-2 text-xs font-normal text-ink-faint">several are possible</span>}
      </legend>
      {choice.options.map(({ label, description }, index) => (
        <label
          key={index}
          className={clsx('grid cursor-pointer grid-cols-[1rem_minmax(0,1fr)] gap-x-2 rounded-md border px-3 py-1.5 has-focus-visible:outline-2 has-focus-visible:outline-accent', chosen.labels.includes(label) ? 'border-accent bg-accent-soft' : 'border-line-strong hover:bg-hover')}
        >
          <input type={choice.multiple ? 'checkbox' : 'radio'} name={name} className="mt-0.5 size-4 accent-accent" checked={chosen.labels.includes(label)} onChange={(event) => choose(label, event.target.checked)} />
          <span className="text-sm [overflow-wrap:anywhere]">{label}</span>
          {description && <span className="col-start-2 text-xs text-ink-soft [overflow-wrap:anywhere]">{description}</span>}
        </label>
      ))}
      <TextInput
        aria-label={`Own answer to: ${choice.question}`}
        placeholder="Or say it in your own words"
        maxLength={4_000}
        value={chosen.own}
        onChange={(event) => onChange({ labels: choice.multiple ? chosen.labels : [], own: event.target.value })}
      />
    </fieldset>
  );
}
