'use client';

import { useState, type FormEvent } from 'react';
import type { RunView } from '@/contract/run';
import { formatCost } from '@/components/runs/run-figures';
import type { Resume } from '@/components/runs/use-resume-run';
import { choicesOf, readChoices } from '@/components/steering/run-choices';
import { errorKind, errorSentence } from '@/components/trpc/error-kind';
import { Button } from '@/components/ui/button';
import { DialogFooter } from '@/components/ui/dialog';
import { FailureNotice } from '@/components/ui/failure-notice';
import { Field, TextInput } from '@/components/ui/field';

/** What the run was allowed and what it has used; then how much the next one is allowed. */
export function LimitQuestion({ run, resume, onClose }: { run: RunView; resume: Resume; onClose: () => void }) {
  const [choices, setChoices] = useState(choicesOf(run));
  const read = readChoices(choices);
  const problem = typeof read === 'string' ? read : null;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (typeof read !== 'string' && !resume.isPending && !resume.isSuccess) resume.mutate({ runId: run.id, limits: read.limits });
  };
  return (
    <form onSubmit={submit} className="contents">
      <p className="text-ink-soft">Run #{run.number} has used {used(run)}. The new run begins to count at nothing, so the same limits allow it as much again. An empty field is no limit.</p>
      <div className="grid gap-3 sm:grid-cols-2">
        <Field label="Turn limit" hint={`It was ${run.maxTurns ?? 'none'}.`}>
          {(control) => <TextInput {...control} autoFocus inputMode="numeric" value={choices.maxTurns} placeholder="none" onChange={(event) => setChoices({ ...choices, maxTurns: event.target.value })} />}
        </Field>
        <Field label="Budget in US $" hint={`It was ${run.budgetUsd === null ? 'none' : formatCost(run.budgetUsd)}.`}>
          {(control) => <TextInput {...control} inputMode="decimal" value={choices.budgetUsd} placeholder="none" onChange={(event) => setChoices({ ...choices, budgetUsd: event.target.value })} />}
        </Field>
      </div>
      <p role={problem ? 'alert' : undefined} className={problem ? 'text-sm text-state-failed' : 'text-sm text-ink-faint'}>
        {problem ?? 'Follow-ups in this conversation have these limits too, unless they were given their own. Each of them counts for itself.'}
      </p>
      {resume.isError && <FailureNotice message={errorSentence(resume.error)} kind={errorKind(resume.error)} />}
      <DialogFooter>
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" variant="primary" busy={resume.isPending || resume.isSuccess} disabled={problem !== null}>
          Resume
        </Button>
      </DialogFooter>
    </form>
  );
}

function used({ usage, maxTurns, budgetUsd, simulated }: RunView): string {
  const turns = usage.turns === null ? 'its turns' : `${usage.turns} ${usage.turns === 1 ? 'turn' : 'turns'}${maxTurns === null ? '' : ` of ${maxTurns}`}`;
  return usage.costUsd === null || simulated ? turns : `${turns} and ${formatCost(usage.costUsd)}${budgetUsd === null ? '' : ` of ${formatCost(budgetUsd)}`}`;
}
