'use client';

import { useQuery } from '@tanstack/react-query';
import { FlaskConical, X } from 'lucide-react';
import Link from 'next/link';
import { useState, useSyncExternalStore } from 'react';
import { useTRPC } from '@/components/trpc/trpc';
import { IconButton } from '@/components/ui/button';

const dismissed = 'anyon.simulator-banner.dismissed';

/** Says plainly that nobody real answers this person. Can be put away until the browser is closed; runs carry a badge besides. */
export function SimulatorBanner() {
  const trpc = useTRPC();
  const connection = useQuery(trpc.connections.claude.current.queryOptions(undefined, { staleTime: 60_000 }));
  const wasDismissed = useSyncExternalStore(noSubscription, () => sessionStorage.getItem(dismissed) === 'yes', () => true);
  const [closed, setClosed] = useState(false);
  if (connection.data !== null || wasDismissed || closed) return null;

  const close = () => {
    sessionStorage.setItem(dismissed, 'yes');
    setClosed(true);
  };
  return (
    <div role="status" className="flex items-center gap-2 border-b border-line bg-surface py-1.5 pr-2 pl-4 text-sm">
      <FlaskConical aria-hidden className="size-4 shrink-0 text-state-needs-you" />
      <p className="min-w-0 flex-1">
        <strong className="font-semibold">Simulator in use:</strong> Claude is not connected<span className="max-sm:sr-only">; answers come from the built-in simulator</span>.{' '}
        <Link href="/settings?tab=connections" className="text-accent underline">
          Connect
        </Link>
      </p>
      <IconButton label="Hide until the browser is closed" onClick={close}>
        <X aria-hidden />
      </IconButton>
    </div>
  );
}

function noSubscription(): () => void {
  return () => {};
}
