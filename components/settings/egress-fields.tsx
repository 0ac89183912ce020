'use client';

import { egressLevels, usualEgressHosts, type EgressLevel } from '@/contract/egress';
import type { FieldsProps } from '@/components/settings/fields-props';
import { Button } from '@/components/ui/button';
import { Field, TextArea } from '@/components/ui/field';
import { RadioCards } from '@/components/ui/radio-cards';

export const egressWords: Record<EgressLevel, { label: string; hint: string }> = {
  none: { label: 'Nothing', hint: 'Only the model, its own repositories and what the administrators allow for all.' },
  'allow-list': { label: 'Named hosts', hint: 'Also the hosts below, on ports 80 and 443.' },
  open: { label: 'The internet', hint: 'Every public address.' },
};

/** What the workspace may reach, and the hosts where they are named. */
export function EgressFields({ draft, problems, set }: FieldsProps) {
  const choose = (egressLevel: EgressLevel) => {
    const begins = egressLevel === 'allow-list' && draft.egressHosts.trim() === '';
    set({ egressLevel, ...(begins && { egressHosts: usualEgressHosts.join('\n') }) });
  };
  return (
    <div className="flex flex-col gap-3">
      <RadioCards label="May reach" value={draft.egressLevel} options={egressLevels.map((value) => ({ value, ...egressWords[value] }))} onChange={choose} />
      <p className="text-xs text-ink-faint">Services of this machine, cloud metadata and private networks can never be reached.</p>
      {draft.egressLevel === 'allow-list' && (
        <Field label="Hosts" error={problems['egress.hosts']} hint="One on each line. *.example.com stands for all hosts below it.">
          {(control) => <TextArea {...control} rows={6} spellCheck={false} className="font-mono text-sm" value={draft.egressHosts} onChange={(event) => set({ egressHosts: event.target.value })} />}
        </Field>
      )}
      {draft.egressLevel === 'allow-list' && (
        <Button size="small" variant="quiet" className="self-start" onClick={() => set({ egressHosts: withUsual(draft.egressHosts) })}>
          Add the usual package registries
        </Button>
      )}
    </div>
  );
}

function withUsual(hosts: string): string {
  return [...new Set([...hosts.split(/[\s,]+/).filter(Boolean), ...usualEgressHosts])].join('\n');
}
