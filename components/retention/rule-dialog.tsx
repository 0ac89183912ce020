'use client';

import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState, type FormEvent } from 'react';
import { changeRetentionInput, leastDays, retentionWords, type ChangeRetentionInput, type RetentionForecast } from '@/contract/retention';
import { bytesOf, daysOf, gibOf, sumInWords } from '@/components/retention/rule-words';
import { problemsOf } from '@/components/settings/settings-draft';
import { errorKind, errorSentence } from '@/components/trpc/error-kind';
import { useTRPC } from '@/components/trpc/trpc';
import { Button } from '@/components/ui/button';
import { Dialog, DialogFooter } from '@/components/ui/dialog';
import { FailureNotice } from '@/components/ui/failure-notice';
import { Field, TextInput } from '@/components/ui/field';
import { useDebounced } from '@/components/ui/use-debounced';

interface RuleDialogProps {
  open: boolean;
  onClose: () => void;
  forecast: RetentionForecast;
  bundleKeepDays: number;
}

/** Changes a rule; what it would remove is shown while one types. */
export function RuleDialog({ open, onClose, forecast, bundleKeepDays }: RuleDialogProps) {
  return (
    <Dialog open={open} onClose={onClose} title={`How long to keep: ${retentionWords[forecast.kind].title}`}>
      <RuleForm forecast={forecast} bundleKeepDays={bundleKeepDays} onClose={onClose} />
    </Dialog>
  );
}

function RuleForm({ forecast: { kind, rule }, bundleKeepDays, onClose }: Omit<RuleDialogProps, 'open'>) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const [days, setDays] = useState(rule.keepDays === null ? '' : String(rule.keepDays));
  const [gib, setGib] = useState(gibOf(rule.maxBytes));
  const input = changeRetentionInput.safeParse({ kind, keepDays: daysOf(days), maxBytes: bytesOf(gib) });
  const problems = input.success ? {} : problemsOf(input.error);
  const change = useMutation(
    trpc.retention.change.mutationOptions({
      onSuccess: (view) => {
        queryClient.setQueryData(trpc.retention.forecast.queryKey(), view);
        onClose();
      },
    }),
  );
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (input.success && !change.isPending) change.mutate(input.data);
  };
  return (
    <form noValidate onSubmit={submit} aria-label="Retention rule" className="flex flex-col gap-4">
      <div className="grid items-start gap-3 sm:grid-cols-2">
        {kind === 'removed_work' ? (
          <p className="text-sm text-ink-soft">Kept for {bundleKeepDays} days after the deletion. That is told when a workspace is deleted, so it is set where Anyon is started: ANYON_BUNDLE_KEEP_DAYS.</p>
        ) : (
          <Field label="Keep for (days)" hint={`Empty: no limit of age. At least ${leastDays[kind]}.`} error={problems['keepDays']}>
            {(control) => <TextInput {...control} inputMode="numeric" value={days} onChange={(event) => setDays(event.target.value)} />}
          </Field>
        )}
        <Field label="Keep at most (GiB)" hint="Of all of them together; the oldest go first. Empty: no limit of size." error={problems['maxBytes']}>
          {(control) => <TextInput {...control} inputMode="decimal" value={gib} onChange={(event) => setGib(event.target.value)} />}
        </Field>
      </div>
      <Effect proposed={input.success ? input.data : null} />
      <p className="text-sm text-ink-soft">Nothing goes for 24 hours after a change.</p>
      {change.isError && <FailureNotice message={errorSentence(change.error)} kind={errorKind(change.error)} />}
      <DialogFooter>
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" variant="primary" busy={change.isPending} disabled={!input.success}>
          Save
        </Button>
      </DialogFooter>
    </form>
  );
}

/** One line, always there, so that nothing jumps while one types. */
function Effect({ proposed }: { proposed: ChangeRetentionInput | null }) {
  const trpc = useTRPC();
  const wanted = useDebounced(proposed, 300);
  const tried = useQuery({ ...trpc.retention.tryOut.queryOptions(wanted ?? { kind: 'logs', keepDays: null, maxBytes: null }), enabled: wanted !== null, placeholderData: keepPreviousData });
  const words = () => {
    if (wanted === null) return 'This is no rule yet.';
    if (tried.isError) return errorSentence(tried.error);
    if (!tried.data) return 'Looking what would go …';
    return tried.data.goes.items === 0 ? 'Nothing would go.' : `Would go: ${sumInWords(tried.data.kind, tried.data.goes)}.`;
  };
  return (
    <p aria-live="polite" className="rounded-md bg-sunken px-3 py-2 text-sm">
      {words()}
    </p>
  );
}
