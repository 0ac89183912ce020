import { clsx } from 'clsx';
import { CircleAlert, Hourglass, Info, TriangleAlert } from 'lucide-react';
import type { ReactNode } from 'react';

const looks = {
  info: { icon: Info, color: 'text-ink-soft' },
  waiting: { icon: Hourglass, color: 'text-state-needs-you' },
  warning: { icon: TriangleAlert, color: 'text-state-needs-you' },
  failure: { icon: CircleAlert, color: 'text-state-failed' },
};

/** A sentence or two with the thing to do about it. Failures are announced to screen readers. */
export function Notice({ kind = 'info', children, action, className }: { kind?: keyof typeof looks; children: ReactNode; action?: ReactNode; className?: string }) {
  const { icon: Icon, color } = looks[kind];
  return (
    <div role={kind === 'failure' ? 'alert' : 'status'} className={clsx('flex flex-wrap items-start gap-x-3 gap-y-2 rounded-lg border border-line bg-surface px-3 py-2.5', className)}>
      <Icon aria-hidden className={clsx('mt-0.5 size-4 shrink-0', color)} />
      <div className="min-w-0 flex-1 basis-56 [overflow-wrap:anywhere] max-sm:basis-60">{children}</div>
      {action}
    </div>
  );
}
