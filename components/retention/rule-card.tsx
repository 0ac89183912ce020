'use client';

import { Pencil, Trash2 } from 'lucide-react';
import { useState, type ReactNode } from 'react';
import { retentionWords, type RetentionForecast } from '@/contract/retention';
import { ApplyNowDialog } from '@/components/retention/apply-now-dialog';
import { GoingList } from '@/components/retention/going-list';
import { RuleDialog } from '@/components/retention/rule-dialog';
import { ruleInWords, sumInWords } from '@/components/retention/rule-words';
import { Button } from '@/components/ui/button';
import { RelativeTime, TimeUntil } from '@/components/ui/relative-time';

/** One kind of thing: its rule, how much there is, and what goes next. */
export function RuleCard({ forecast, bundleKeepDays, isBeingApplied }: { forecast: RetentionForecast; bundleKeepDays: number; isBeingApplied: boolean }) {
  const { kind, rule, present, spared, goes, actsAt, holdsUntil, changedAt, changedBy } = forecast;
  const { title, note } = retentionWords[kind];
  const [open, setOpen] = useState<'rule' | 'apply' | null>(null);
  const isGoing = isBeingApplied && holdsUntil === null;
  return (
    <li aria-label={title} className="flex flex-col gap-3 rounded-lg border border-line bg-surface p-4">
      <div className="flex flex-wrap items-start justify-between gap-x-4 gap-y-2">
        <div className="min-w-0 flex-1 basis-64">
          <h3 className="font-medium">{title}</h3>
          <p className="text-sm text-ink-soft">{note}</p>
        </div>
        <Button size="small" aria-label={`Change the rule: ${title}`} icon={<Pencil aria-hidden className="size-3.5" />} onClick={() => setOpen('rule')}>
          Change
        </Button>
      </div>
      <dl className="grid gap-x-4 gap-y-2 text-sm sm:grid-cols-3">
        <Part name="Rule">
          {ruleInWords(kind, rule, bundleKeepDays)}
          {changedAt && (
            <span className="block text-xs text-ink-faint">
              by {changedBy ?? 'somebody'}, <RelativeTime date={changedAt} />
            </span>
          )}
        </Part>
        <Part name="There now">
          {sumInWords(kind, present)}
          {spared.map(({ why, items }) => (
            <span key={why} className="block text-xs text-ink-faint">
              {items.toLocaleString('en')} left alone: {why}
            </span>
          ))}
        </Part>
        <Part name="Goes next">
          {goes.items === 0 ? 'Nothing' : sumInWords(kind, goes)}
          {actsAt && goes.items > 0 && (
            <span className="block text-xs text-ink-faint">
              {holdsUntil ? 'waits, because the rule is new: ' : ''}
              {isGoing ? 'is being removed' : <TimeUntil date={actsAt} />}
            </span>
          )}
        </Part>
      </dl>
      {goes.items > 0 && (
        <div className="flex flex-wrap items-start gap-2">
          <GoingList forecast={forecast} />
          <Button size="small" variant="danger" busy={isGoing} aria-label={`Apply now: ${title}`} icon={<Trash2 aria-hidden className="size-3.5" />} onClick={() => setOpen('apply')}>
            Apply now
          </Button>
        </div>
      )}
      <RuleDialog open={open === 'rule'} onClose={() => setOpen(null)} forecast={forecast} bundleKeepDays={bundleKeepDays} />
      <ApplyNowDialog open={open === 'apply'} onClose={() => setOpen(null)} forecast={forecast} bundleKeepDays={bundleKeepDays} />
    </li>
  );
}

function Part({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="min-w-0 [overflow-wrap:anywhere]">
      <dt className="text-xs text-ink-faint">{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
