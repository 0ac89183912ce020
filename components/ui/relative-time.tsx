'use client';

import { formatAge, formatDuration } from '@/components/ui/durations';
import { useNow } from '@/components/ui/use-now';

const exact = (date: Date) => date.toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'medium' });

/** How long ago; the exact time on hover. */
export function RelativeTime({ date }: { date: Date }) {
  const now = useNow();
  return (
    <time dateTime={date.toISOString()} title={exact(date)} className="tabular-nums" suppressHydrationWarning>
      {formatAge(date, now)}
    </time>
  );
}

/** How long something takes or took; counts while `to` is null. The exact start on hover. */
export function Elapsed({ from, to }: { from: Date; to: Date | null }) {
  const now = useNow();
  return (
    <time title={`Since ${exact(from)}`} className="tabular-nums" suppressHydrationWarning>
      {formatDuration((to?.getTime() ?? now) - from.getTime())}
    </time>
  );
}
