'use client';

import { recoveryFallbacks, type RecoveryFallback } from '@/contract/recovery';
import type { FieldsProps } from '@/components/settings/fields-props';
import { formatDuration } from '@/components/ui/durations';
import { Field, SelectInput, TextInput } from '@/components/ui/field';

export const fallbackWords: Record<RecoveryFallback, string> = {
  stop: 'stop the workspace',
  remove: 'remove its container (the files stay)',
  ignore: 'leave it as it is',
};

const LONGEST_PAUSE_SECONDS = 600;

/** What happens when the container goes away by itself. */
export function RecoveryFields({ draft, problems, set }: FieldsProps) {
  return (
    <div className="flex flex-col gap-3">
      <div className="grid gap-4 sm:grid-cols-3">
        <Field label="Tries" error={problems['recovery.maxRetries']} hint="0 switches it off.">
          {(control) => <TextInput {...control} inputMode="numeric" value={draft.maxRetries} onChange={(event) => set({ maxRetries: event.target.value })} />}
        </Field>
        <Field label="First pause in seconds" error={problems['recovery.backoffSeconds']} hint="Doubles with every try.">
          {(control) => <TextInput {...control} inputMode="numeric" value={draft.backoffSeconds} onChange={(event) => set({ backoffSeconds: event.target.value })} />}
        </Field>
        <Field label="When all have failed">
          {(control) => (
            <SelectInput {...control} value={draft.fallback} onChange={(event) => set({ fallback: event.target.value as RecoveryFallback })}>
              {recoveryFallbacks.map((fallback) => (
                <option key={fallback} value={fallback}>
                  {fallbackWords[fallback]}
                </option>
              ))}
            </SelectInput>
          )}
        </Field>
      </div>
      <p className="text-xs text-ink-faint">{inWords(Number(draft.maxRetries), Number(draft.backoffSeconds))}</p>
    </div>
  );
}

function inWords(tries: number, firstSeconds: number): string {
  if (!Number.isInteger(tries) || !Number.isInteger(firstSeconds) || tries < 0 || firstSeconds < 1) return 'A container that ends or disappears by itself is started again.';
  if (tries === 0) return 'A container that ends or disappears by itself is not started again.';
  const pauses = Array.from({ length: Math.min(tries, 4) }, (_, index) => formatDuration(Math.min(firstSeconds * 2 ** index, LONGEST_PAUSE_SECONDS) * 1000));
  return `A container that ends or disappears by itself is started again after about ${pauses.join(', ')}${tries > pauses.length ? ' and so on' : ''}.`;
}
