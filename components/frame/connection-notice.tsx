'use client';

import { LoaderCircle, LogIn } from 'lucide-react';
import type { ChangesConnection } from '@/components/trpc/watch-changes';
import { ButtonLink } from '@/components/ui/button';

/** Said only when news no longer reach the page: what is shown may be old. */
export function ConnectionNotice({ connection }: { connection: ChangesConnection }) {
  if (connection === 'lost') {
    return (
      <div role="status" className="flex items-center gap-2 border-b border-line bg-surface px-4 py-2 text-sm">
        <LoaderCircle aria-hidden className="size-4 shrink-0 animate-spin text-state-needs-you" />
        The server does not answer. Runs go on; this page catches up by itself.
      </div>
    );
  }
  if (connection === 'signed-out') {
    return (
      <div role="alert" className="flex flex-wrap items-center gap-2 border-b border-line bg-surface px-4 py-2 text-sm">
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
