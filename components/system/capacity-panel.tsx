'use client';

import { HardDrive, MemoryStick, type LucideIcon } from 'lucide-react';
import type { ReactNode } from 'react';
import type { Capacity } from '@/contract/capacity';
import { WaitingList } from '@/components/system/waiting-list';
import { Meter, type MeterPart } from '@/components/ui/meter';
import { count, formatSize } from '@/components/ui/quantities';
import { Section } from '@/components/ui/section';

/** Memory and disk as admission counts them, and the queue in front of them. */
export function CapacityPanel({ capacity }: { capacity: Capacity }) {
  const { memory, disk, waiting } = capacity;
  const otherPrograms = Math.max(0, memory.total - memory.reserve - memory.committed - memory.free);
  return (
    <>
      <dl className="grid grid-cols-2 gap-3 sm:grid-cols-3">
        <Fact name="Workspaces running">{capacity.workspacesRunning}</Fact>
        <Fact name="Runs on">{capacity.runsLive}</Fact>
        <Fact name="Room for">{count(capacity.fitsMore, 'more', 'more')}</Fact>
      </dl>
      <Section title="Capacity" note="What is promised to workspaces with live runs, and used by the others. What does not fit waits.">
        <div className="divide-y divide-line rounded-lg border border-line bg-surface">
          <Bar
            icon={MemoryStick}
            name="Memory"
            total={memory.total}
            note={`${formatSize(memory.available)} could be used right now, by the kernel’s reckoning.`}
            parts={[
              { label: 'Kept free', value: memory.reserve, words: formatSize(memory.reserve), look: 'reserve' },
              { label: 'Counted for workspaces', value: memory.committed, words: formatSize(memory.committed), look: 'used' },
              { label: 'Other programs', value: otherPrograms, words: formatSize(otherPrograms), look: 'other' },
              { label: 'Free to give', value: memory.free, words: formatSize(memory.free), look: 'free' },
            ]}
          />
          <Bar
            icon={HardDrive}
            name="Disk"
            total={disk.total}
            parts={[
              { label: 'Used', value: disk.used, words: formatSize(disk.used), look: 'used' },
              { label: 'Kept free', value: disk.reserve, words: formatSize(disk.reserve), look: 'reserve' },
              { label: 'Free to give', value: disk.free, words: formatSize(disk.free), look: 'free' },
            ]}
          />
        </div>
      </Section>
      <Section title="Waiting" note={waiting.length === 0 ? undefined : 'In this order; each begins by itself as soon as it fits.'}>
        <WaitingList waiting={waiting} />
      </Section>
    </>
  );
}

function Bar({ icon: Icon, name, total, parts, note }: { icon: LucideIcon; name: string; total: number; parts: MeterPart[]; note?: string }) {
  return (
    <div className="flex flex-col gap-2 p-4">
      <div className="flex items-baseline justify-between gap-3">
        <h3 className="flex items-center gap-2 font-medium">
          <Icon aria-hidden className="size-4 text-ink-soft" />
          {name}
        </h3>
        <span className="text-sm text-ink-soft tabular-nums">{formatSize(total)}</span>
      </div>
      <Meter total={total} parts={parts} />
      {note && <p className="text-xs text-ink-faint">{note}</p>}
    </div>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="min-w-0 rounded-lg border border-line bg-surface px-4 py-3">
      <dt className="truncate text-xs text-ink-faint">{name}</dt>
      <dd className="truncate text-lg font-semibold tabular-nums">{children}</dd>
    </div>
  );
}
