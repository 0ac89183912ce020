'use client';

import { LoaderCircle, LogIn, WifiOff } from 'lucide-react';
import { useServerReach } from '@/components/trpc/server-reach';
import { ButtonLink } from '@/components/ui/button';

/** Above the page, so that nothing moves when it comes and goes. */
const floating = 'fixed top-2 left-1/2 z-40 flex w-max max-w-[calc(100vw-16px)] -translate-x-1/2 items-center gap-2 rounded-lg border border-line-strong bg-surface px-4 py-2 text-sm shadow-lg';

/** Said only when news no longer reach the page: what is shown may be old, nothing is lost, and it goes on by itself. */
export function ConnectionNotice() {
  const reach = useServerReach();
  if (reach === 'there') return null;
  if (reach === 'signed-out') {
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
  return (
    <div role="status" className={floating}>
      {reach === 'offline' ? <WifiOff aria-hidden className="size-4 shrink-0 text-state-needs-you" /> : <LoaderCircle aria-hidden className="size-4 shrink-0 animate-spin text-state-needs-you" />}
      <span>
        {reach === 'offline' ? 'This browser is offline.' : 'The server does not answer.'} Nothing is lost: runs go on, and this page catches up by itself. Until then nothing can be started or changed.
      </span>
    </div>
  );
}
