'use client';

import { useQuery } from '@tanstack/react-query';
import type { FieldsProps } from '@/components/settings/fields-props';
import { useTRPC } from '@/components/trpc/trpc';
import { Field, SelectInput, TextInput } from '@/components/ui/field';
import { count, GIB } from '@/components/ui/quantities';

const memorySizes = ['0.5', '1', '2', '4', '8', '16', '32', '64'];
const cpuCounts = ['0.5', '1', '2', '4', '8', '16'];

/** Memory and CPU: what nearly everybody chooses. Says how many more workspaces of this size would fit. */
export function SizeFields({ draft, problems, set }: FieldsProps) {
  return (
    <div className="grid gap-4 sm:grid-cols-2">
      <Field label="Memory" error={problems['limits.memoryBytes']} hint={<Fits memoryGib={draft.memoryGib} />}>
        {(control) => (
          <SelectInput {...control} name="memory" value={draft.memoryGib} onChange={(event) => set({ memoryGib: event.target.value })}>
            {withCurrent(memorySizes, draft.memoryGib).map((size) => (
              <option key={size} value={size}>{`${size} GiB`}</option>
            ))}
          </SelectInput>
        )}
      </Field>
      <Field label="CPU" error={problems['limits.cpus']} hint="At most; shared while idle.">
        {(control) => (
          <SelectInput {...control} name="cpus" value={draft.cpus} onChange={(event) => set({ cpus: event.target.value })}>
            {withCurrent(cpuCounts, draft.cpus).map((cores) => (
              <option key={cores} value={cores}>{`${cores} ${cores === '1' ? 'core' : 'cores'}`}</option>
            ))}
          </SelectInput>
        )}
      </Field>
    </div>
  );
}

/** Disk and processes: for those who need it. */
export function MoreLimitsFields({ draft, problems, set }: FieldsProps) {
  return (
    <div className="grid gap-4 sm:grid-cols-2">
      <Field label="Disk in GiB" optional error={problems['limits.diskBytes']} hint="Empty: no limit but the machine’s disk.">
        {(control) => <TextInput {...control} inputMode="decimal" placeholder="no limit" value={draft.diskGib} onChange={(event) => set({ diskGib: event.target.value })} />}
      </Field>
      <Field label="Processes" error={problems['limits.pids']} hint="At most so many at the same time.">
        {(control) => <TextInput {...control} inputMode="numeric" value={draft.pids} onChange={(event) => set({ pids: event.target.value })} />}
      </Field>
    </div>
  );
}

function Fits({ memoryGib }: { memoryGib: string }) {
  const trpc = useTRPC();
  const memoryBytes = Math.round(Number(memoryGib) * GIB);
  const fits = useQuery(trpc.system.fits.queryOptions({ memoryBytes }, { staleTime: 10_000 }));
  if (!fits.data) return <span className="inline-block min-h-4">{fits.isError ? '' : 'Counting what fits…'}</span>;
  if (fits.data.fits === 0) return <span className="text-state-needs-you">Does not fit now: it would wait until there is memory.</span>;
  return <>Fits: {count(fits.data.fits, 'more', 'more')} of this size could work at once.</>;
}

function withCurrent(offered: string[], current: string): string[] {
  return offered.includes(current) ? offered : [...offered, current].sort((one, other) => Number(one) - Number(other));
}
