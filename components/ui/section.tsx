import { clsx } from 'clsx';
import { useId, type ReactNode } from 'react';

interface SectionProps {
  title: string;
  /** One sentence on what it is for. */
  note?: ReactNode;
  action?: ReactNode;
  children: ReactNode;
  className?: string;
}

/** A part of a page under its own heading. */
export function Section({ title, note, action, children, className }: SectionProps) {
  const id = useId();
  return (
    <section aria-labelledby={id} className={clsx('flex flex-col gap-2', className)}>
      <div className="flex flex-wrap items-end justify-between gap-x-4 gap-y-2">
        <div className="min-w-0 flex-1 basis-64">
          <h2 id={id} className="font-semibold">
            {title}
          </h2>
          {note && <p className="text-sm text-ink-soft">{note}</p>}
        </div>
        {action}
      </div>
      {children}
    </section>
  );
}

/** The white ground that lists and forms stand on. */
export function Card({ children, className }: { children: ReactNode; className?: string }) {
  return <div className={clsx('overflow-hidden rounded-lg border border-line bg-surface', className)}>{children}</div>;
}
