'use client';

import { clsx } from 'clsx';
import { LoaderCircle } from 'lucide-react';
import Link from 'next/link';
import type { ComponentProps, ReactNode } from 'react';
import { useServerTrouble } from '@/components/trpc/server-reach';

type Variant = 'primary' | 'plain' | 'quiet' | 'danger';
type Size = 'small' | 'medium';

const shape = 'inline-flex shrink-0 items-center justify-center gap-1.5 rounded-md font-medium whitespace-nowrap transition-colors select-none disabled:opacity-55 aria-disabled:opacity-55';
const sizes: Record<Size, string> = { small: 'h-7 px-2 text-xs', medium: 'h-9 px-3 text-sm' };
const variants: Record<Variant, string> = {
  primary: 'bg-accent text-on-accent hover:bg-accent-hover',
  plain: 'border border-line-strong bg-surface text-ink hover:bg-hover',
  quiet: 'text-ink-soft hover:bg-hover hover:text-ink',
  danger: 'border border-line-strong bg-surface text-state-failed hover:bg-hover',
};

interface Looks {
  variant?: Variant;
  size?: Size;
  icon?: ReactNode;
}

type ButtonProps = ComponentProps<'button'> & Looks & { busy?: boolean };

/**
 * A button. `busy` shows a spinner and takes no clicks, but stays focusable so that the keyboard does not lose its place. Where it is given at all the
 * button asks the server for something: it says so when the server cannot be reached, and may be tried all the same.
 */
export function Button({ variant = 'plain', size = 'medium', icon, busy, className, children, onClick, ...rest }: ButtonProps) {
  const trouble = useServerTrouble();
  return (
    <button
      type="button"
      {...(busy !== undefined && trouble !== null && { title: trouble, 'aria-description': trouble })}
      {...rest}
      aria-disabled={busy || undefined}
      aria-busy={busy || undefined}
      className={clsx(shape, sizes[size], variants[variant], className)}
      onClick={busy ? (event) => event.preventDefault() : onClick}
    >
      {busy ? <LoaderCircle aria-hidden className="size-4 animate-spin" /> : icon}
      {children}
    </button>
  );
}

/** A link that looks like a button; for going somewhere, never for doing something. */
export function ButtonLink({ variant = 'plain', size = 'medium', icon, className, children, ...rest }: ComponentProps<typeof Link> & Looks) {
  return (
    <Link {...rest} className={clsx(shape, sizes[size], variants[variant], className)}>
      {icon}
      {children}
    </Link>
  );
}

/** A square button with a picture only; `label` is its name for screen readers and on hover. */
export function IconButton({ label, pressed, className, children, ...rest }: ComponentProps<'button'> & { label: string; pressed?: boolean }) {
  return (
    <button
      type="button"
      aria-label={label}
      title={label}
      aria-pressed={pressed}
      {...rest}
      className={clsx('inline-grid size-7 shrink-0 place-items-center rounded-md text-ink-soft hover:bg-hover hover:text-ink disabled:opacity-50 [&_svg]:size-4', pressed && 'bg-accent-soft text-accent', className)}
    >
      {children}
    </button>
  );
}
