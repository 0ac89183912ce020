'use client';

import { formatAge, formatDuration, formatUntil } from '@/components/ui/durations';
import { useAtTime } from '@/components/ui/use-at-time';

/** Date and time to the second, as this browser writes them. */
export function exactTime(date: Date): string {
  return date.toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'medium' });
}

/** How long ago; the exact time on hover. */
export function RelativeTime({ date }: { date: Date }) {
  const age = useAtTime((now) => formatAge(date, now));
  return (
    <time dateTime={date.toISOString()} title={exactTime(date)} className="whitespace-nowrap tabular-nums" suppressHydrationWarning>
      {age}
    </time>
  );
}

/** How long something takes or took; counts while `to` is null. The exact start on hover. */
export function Elapsed({ from, to }: { from: Date; to: Date | null }) {
  const duration = useAtTime((now) => formatDuration((to?.getTime() ?? now) - from.getTime()));
  return (
    <time title={`Since ${exactTime(from)}`} className="whitespace-nowrap tabular-nums" suppressHydrationWarning>
      {duration}
    </time>
  );
}

/** How long until then (`in 5s`), counting down; `now` once it has come. The exact time on hover. */
export function TimeUntil({ date }: { date: Date }) {
  const until = useAtTime((now) => formatUntil(date, now));
  return (
    <time dateTime={date.toISOString()} title={exactTime(date)} className="whitespace-nowrap tabular-nums" suppressHydrationWarning>
      {until}
    </time>
  );
}
