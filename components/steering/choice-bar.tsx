'use client';

import { Check, ChevronDown, SlidersHorizontal } from 'lucide-react';
import { useId, useState } from 'react';
import { permissionModes, type PermissionMode } from '@/contract/run';
import { permissionModeWords } from '@/components/steering/permission-modes';
import type { RunChoices } from '@/components/steering/run-choices';
import { Button } from '@/components/ui/button';
import { Field, TextInput } from '@/components/ui/field';
import { Menu, MenuItem } from '@/components/ui/menu';

interface ChoiceBarProps {
  choices: RunChoices;
  /** What holds where nothing is chosen. */
  usual: { permissionMode: PermissionMode; model: string | null };
  onChange: (choices: RunChoices) => void;
}

/** How the next run shall be: what Claude may do without asking, and folded away its model and limits. */
export function ChoiceBar({ choices, usual, onChange }: ChoiceBarProps) {
  const [open, setOpen] = useState(false);
  const panel = useId();
  const mode = choices.permissionMode ?? usual.permissionMode;
  const chosen = [choices.model, choices.maxTurns && `${choices.maxTurns} turns`, choices.budgetUsd && `$${choices.budgetUsd}`].filter(Boolean).join(' · ');
  return (
    <>
      <div className="flex w-full min-w-0 items-center gap-1">
        <Menu
          label="What Claude may do without asking"
          trigger={
            <Button size="small" variant="quiet" title={permissionModeWords[mode].sentence}>
              <span className="sr-only">What Claude may do without asking: </span>
              {permissionModeWords[mode].label}
              <ChevronDown aria-hidden className="size-3.5" />
            </Button>
          }
        >
          {permissionModes.map((offered) => (
            <MenuItem key={offered} icon={offered === mode ? <Check aria-label="chosen" /> : <span className="size-4 shrink-0" />} note={permissionModeWords[offered].sentence} onSelect={() => onChange({ ...choices, permissionMode: offered })}>
              {permissionModeWords[offered].label}
            </MenuItem>
          ))}
        </Menu>
        <Button size="small" variant="quiet" className="min-w-0 !shrink" aria-expanded={open} aria-controls={panel} icon={<SlidersHorizontal aria-hidden className="size-3.5 shrink-0" />} onClick={() => setOpen(!open)}>
          <span className="truncate">{chosen || 'Model and limits'}</span>
        </Button>
      </div>
      <div id={panel} hidden={!open} className="w-full">
        <div className="grid gap-3 rounded-md bg-sunken p-3 sm:grid-cols-3">
          <Field label="Model" hint="An alias or a full name.">
            {(control) => <TextInput {...control} value={choices.model} placeholder={usual.model ?? 'The CLI’s own choice'} list={`${panel}-models`} onChange={(event) => onChange({ ...choices, model: event.target.value })} />}
          </Field>
          <datalist id={`${panel}-models`}>
            {['opus', 'sonnet', 'haiku'].map((alias) => (
              <option key={alias} value={alias} label={alias} aria-label={alias} />
            ))}
          </datalist>
          <Field label="Turn limit" hint="After so many turns it ends.">
            {(control) => <TextInput {...control} inputMode="numeric" value={choices.maxTurns} placeholder="none" onChange={(event) => onChange({ ...choices, maxTurns: event.target.value })} />}
          </Field>
          <Field label="Budget in US $" hint="When it has cost so much it ends.">
            {(control) => <TextInput {...control} inputMode="decimal" value={choices.budgetUsd} placeholder="none" onChange={(event) => onChange({ ...choices, budgetUsd: event.target.value })} />}
          </Field>
        </div>
      </div>
    </>
  );
}
