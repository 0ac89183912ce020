'use client';

import { LoaderCircle, LogIn } from 'lucide-react';
import type { ChangesConnection } from '@/components/trpc/watch-changes';
import { ButtonLink } from '@/components/ui/button';

/** Above the page, so that nothing moves when it comes and goes. */
const floating = 'fixed top-2 left-1/2 z-40 flex w-max max-w-[calc(100vw-16px)] -translate-x-1/2 items-center gap-2 rounded-lg border border-line-strong bg-surface px-4 py-2 text-sm shadow-lg';

/** Said only when news no longer reach the page: what is shown may be old. */
export function ConnectionNotice({ connection }: { connection: ChangesConnection }) {
  if (connection === 'lost') {
    return (
      <div role="status" className={floating}>
        <LoaderCircle aria-hidden className="size-4 shrink-0 animate-spin text-state-needs-you" />
        The server does not answer. Runs go on; this page catches up by itself.
      </div>
    );
  }
  if (connection === 'signed-out') {
    return (
      <div role="alert" className={floating}>
        <LogIn aria-hidden className="size-4 shrink-0 text-state-failed" />
        <span className="flex-1">You have been signed out. What is shown may be old.</span>
        <ButtonLink href="/sign-in" size="small">
          Sign in
        </ButtonLink>
      </div>
    );
  }
  return null;
}
