import { clsx } from 'clsx';

/** A grey place holder; give it the size of what comes, so that nothing jumps. */
export function Skeleton({ className }: { className?: string }) {
  return <span aria-hidden className={clsx('block animate-pulse rounded-md bg-sunken', className)} />;
}
