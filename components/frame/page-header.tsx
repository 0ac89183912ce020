import { clsx } from 'clsx';
import { ChevronRight } from 'lucide-react';
import Link from 'next/link';
import type { ReactNode } from 'react';

/** The way to this page, for the line above its title. */
export function Breadcrumb({ parents }: { parents: { href: string; label: string }[] }) {
  return (
    <nav aria-label="Where you are" className="flex min-w-0 items-center gap-1 text-sm text-ink-faint">
      {parents.map((parent, index) => (
        <span key={parent.href} className="flex min-w-0 items-center gap-1">
          {index > 0 && <ChevronRight aria-hidden className="size-3.5 shrink-0" />}
          <Link href={parent.href} className="truncate hover:text-ink hover:underline">
            {parent.label}
          </Link>
        </span>
      ))}
    </nav>
  );
}

/** A page's column: as wide as reading allows, the same margins everywhere; `wide` for tables. */
export function PageColumn({ wide = false, children }: { wide?: boolean; children: ReactNode }) {
  return <div className={clsx('mx-auto flex w-full flex-col gap-5 px-4 py-5 sm:px-6 sm:py-6', wide ? 'max-w-7xl' : 'max-w-5xl')}>{children}</div>;
}
