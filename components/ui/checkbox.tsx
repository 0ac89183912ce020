'use client';

import { clsx } from 'clsx';
import { useEffect, useRef, type ComponentProps } from 'react';

/** A tick box; `mixed` says that some but not all of what it stands for is chosen. The pressed area is larger than the box. */
export function Checkbox({ label, mixed = false, className, ...rest }: Omit<ComponentProps<'input'>, 'type'> & { label: string; mixed?: boolean }) {
  const ref = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (ref.current) ref.current.indeterminate = mixed;
  }, [mixed]);
  return (
    <span className={clsx('relative inline-grid size-4 place-items-center', className)}>
      <input {...rest} ref={ref} type="checkbox" aria-label={label} className="size-4 cursor-pointer accent-accent after:absolute after:-inset-2.5 disabled:cursor-default" />
    </span>
  );
}
