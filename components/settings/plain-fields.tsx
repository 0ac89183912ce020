'use client';

import type { FieldsProps } from '@/components/settings/fields-props';
import { Field, SelectInput, TextArea, TextInput } from '@/components/ui/field';

/** The settings that are one field each. */

export function ImageField({ draft, problems, set, labelHidden = false, installImage }: FieldsProps & { installImage: string | undefined }) {
  return (
    <Field label="Image" optional labelHidden={labelHidden} error={problems['image']} hint="Must hold git, bash and Claude Code, as Anyon’s own image does. A name with a / is pulled when it is not there.">
      {(control) => <TextInput {...control} className="font-mono text-sm" placeholder={installImage ?? 'the install’s image'} value={draft.image} onChange={(event) => set({ image: event.target.value })} />}
    </Field>
  );
}

export function SetupScriptField({ draft, problems, set, labelHidden = false }: FieldsProps) {
  return (
    <Field label="Set-up script" optional labelHidden={labelHidden} error={problems['setupScript']} hint="Runs once in the repository after it was cloned, with bash. When it fails, the start fails and shows its output.">
      {(control) => <TextArea {...control} rows={4} spellCheck={false} className="max-h-80 font-mono text-sm field-sizing-content min-h-24" placeholder="npm ci" value={draft.setupScript} onChange={(event) => set({ setupScript: event.target.value })} />}
    </Field>
  );
}

const idleChoices: [minutes: string, words: string][] = [
  ['', 'never'],
  ['15', 'after 15 minutes'],
  ['30', 'after 30 minutes'],
  ['60', 'after 1 hour'],
  ['120', 'after 2 hours'],
  ['240', 'after 4 hours'],
  ['480', 'after 8 hours'],
  ['1440', 'after 1 day'],
  ['10080', 'after 7 days'],
];

export function IdleStopField({ draft, problems, set, labelHidden = false }: FieldsProps) {
  const isKnown = idleChoices.some(([minutes]) => minutes === draft.idleStopMinutes);
  return (
    <Field label="Stop when idle" labelHidden={labelHidden} error={problems['idleStopMinutes']} hint="Idle means that no run was on and nobody did anything with it. The work is kept first.">
      {(control) => (
        <SelectInput {...control} className="sm:max-w-xs" value={draft.idleStopMinutes} onChange={(event) => set({ idleStopMinutes: event.target.value })}>
          {idleChoices.map(([minutes, words]) => (
            <option key={minutes} value={minutes}>
              {words}
            </option>
          ))}
          {!isKnown && <option value={draft.idleStopMinutes}>{`after ${draft.idleStopMinutes} minutes`}</option>}
        </SelectInput>
      )}
    </Field>
  );
}
