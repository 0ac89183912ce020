'use client';

import { MOST_VARIANTS } from '@/contract/variant';
import { Field, TextArea, TextInput } from '@/components/ui/field';
import { Segmented } from '@/components/ui/segmented';
import type { VariantChoices } from '@/components/variants/variant-choices';

const counts = Array.from({ length: MOST_VARIANTS }, (_, index) => ({ value: String(index + 1), label: String(index + 1) }));

interface VariantFieldsProps {
  choices: VariantChoices;
  /** What was checked last in this workspace; undefined while that is not known. */
  last: { checkCommand: string; checkMinutes: number } | null | undefined;
  /** The model chosen for all. */
  model: string;
  onChange: (choices: VariantChoices) => void;
}

/** How often the prompt is tried at once. With more than one: the check that each goes through, and models where they shall differ. */
export function VariantFields({ choices, last, model, onChange }: VariantFieldsProps) {
  const { count, models } = choices;
  const setModel = (index: number, value: string) => onChange({ ...choices, models: Array.from({ length: count }, (_, at) => (at === index ? value : (models[at] ?? ''))) });
  return (
    <div className="flex w-full flex-col gap-2">
      <div className="flex flex-wrap items-center gap-2 px-2 text-xs text-ink-soft">
        <span aria-hidden>Variants</span>
        <Segmented label="Variants: how often the prompt is tried at once" value={String(count)} options={counts} onChange={(value) => onChange({ ...choices, count: Number(value) })} />
        {count > 1 && <span>Each in a worktree and branch of its own; you compare them and choose one.</span>}
      </div>
      {count > 1 && (
        <div className="grid gap-3 rounded-md bg-sunken p-3 sm:grid-cols-[1fr_9rem]">
          <Field label="Check" optional hint="Run in each worktree when its run has succeeded, without secrets. What ends with 0 has passed.">
            {(control) => <TextArea {...control} rows={1} spellCheck={false} value={choices.checkCommand ?? last?.checkCommand ?? ''} placeholder="npm test" onChange={(event) => onChange({ ...choices, checkCommand: event.target.value })} className="font-mono field-sizing-content" />}
          </Field>
          <Field label="At most, minutes">{(control) => <TextInput {...control} inputMode="numeric" value={choices.checkMinutes ?? String(last?.checkMinutes ?? 10)} onChange={(event) => onChange({ ...choices, checkMinutes: event.target.value })} />}</Field>
          <fieldset className="grid gap-2 sm:col-span-2 sm:grid-cols-3">
            <legend className="mb-1 text-sm font-medium">
              Models <span className="text-xs font-normal text-ink-faint">where they shall differ</span>
            </legend>
            {Array.from({ length: count }, (_, index) => (
              <TextInput key={index} aria-label={`Model of variant ${index + 1}`} value={models[index] ?? ''} placeholder={`${index + 1}: ${model.trim() || 'the CLI’s own choice'}`} onChange={(event) => setModel(index, event.target.value)} />
            ))}
          </fieldset>
        </div>
      )}
    </div>
  );
}
