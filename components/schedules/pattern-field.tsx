'use client';

import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTRPC } from '@/components/trpc/trpc';
import { Field, SelectInput, TextInput } from '@/components/ui/field';
import { useDebounced } from '@/components/ui/use-debounced';

const usual = [
  { pattern: '0 7 * * 1-5', label: 'Every weekday at 7:00' },
  { pattern: '0 7 * * *', label: 'Every day at 7:00' },
  { pattern: '0 7 * * 1', label: 'Every Monday at 7:00' },
  { pattern: '0 * * * *', label: 'Every hour' },
];

interface PatternFieldProps {
  pattern: string;
  timezone: string;
  error: string | undefined;
  onChange: (part: { pattern?: string; timezone?: string }) => void;
}

/** When: a usual time or a pattern of one's own, in a time zone; and below, what that means. */
export function PatternField({ pattern, timezone, error, onChange }: PatternFieldProps) {
  const [own, setOwn] = useState(() => !usual.some((each) => each.pattern === pattern));
  const choose = (value: string) => {
    setOwn(value === '');
    if (value !== '') onChange({ pattern: value });
  };
  return (
    <fieldset className="flex flex-col gap-3">
      <div className="grid gap-3 sm:grid-cols-2">
        <Field label="When">
          {(control) => (
            <SelectInput {...control} value={own ? '' : pattern} onChange={(event) => choose(event.target.value)}>
              {usual.map(({ pattern: value, label }) => (
                <option key={value} value={value}>
                  {label}
                </option>
              ))}
              <option value="">A pattern of your own</option>
            </SelectInput>
          )}
        </Field>
        <Field label="Time zone">{(control) => <TextInput {...control} value={timezone} onChange={(event) => onChange({ timezone: event.target.value })} />}</Field>
      </div>
      {own && (
        <Field label="Pattern" hint="Minute, hour, day of month, month, day of week, as crontab has them.">
          {(control) => <TextInput {...control} className="font-mono" value={pattern} onChange={(event) => onChange({ pattern: event.target.value })} />}
        </Field>
      )}
      <NextTimes pattern={pattern} timezone={timezone} error={error} />
    </fieldset>
  );
}

function NextTimes({ pattern, timezone, error }: Omit<PatternFieldProps, 'onChange'>) {
  const trpc = useTRPC();
  const asked = useDebounced(`${pattern.trim()}\n${timezone.trim()}`, 300).split('\n');
  const input = { pattern: asked[0] ?? '', timezone: asked[1] ?? '' };
  const { data: preview } = useQuery({ ...trpc.schedules.preview.queryOptions(input, { staleTime: 60_000 }), enabled: input.pattern !== '' && input.timezone !== '' });
  const problem = error ?? preview?.problem;
  if (problem) return <p role="alert" className="text-xs text-state-failed">{problem}</p>;
  return (
    <p className="min-h-8 text-xs text-ink-faint">
      {preview && `Next: ${preview.next.map((time) => time.toLocaleString(undefined, { weekday: 'short', day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit', timeZoneName: 'short', timeZone: input.timezone })).join(' · ')}`}
    </p>
  );
}
