'use client';

import { TriangleAlert } from 'lucide-react';
import { useEffect } from 'react';
import { reloadOnce } from '@/components/frame/reload-when-idle';
import { useIsOutdated } from '@/components/trpc/server-build';
import { Button } from '@/components/ui/button';
import { EmptyState } from '@/components/ui/empty-state';

/** What a page of an older build meets on a newer server: its scripts are gone, and so are the actions of its forms. */
const ofAnUpgrade = new Set(['ChunkLoadError', 'UnrecognizedActionError']);

/** What a page shows when drawing it failed. Nothing on the server is affected, and it says so. After an upgrade it loads again by itself, once. */
export function FailurePage({ error, reset }: { error: Error & { digest?: string }; reset: () => void }) {
  const isOutdated = useIsOutdated() || ofAnUpgrade.has(error.name);
  useEffect(() => {
    if (isOutdated && document.querySelector('dialog[open]') === null) reloadOnce(sessionStorage, () => location.reload());
  }, [isOutdated]);
  return (
    <div className="grid min-h-[60dvh] place-items-center p-4" role="alert">
      <EmptyState icon={TriangleAlert} title={isOutdated ? 'Anyon was updated meanwhile' : 'This page could not be drawn'} action={<Button variant="primary" onClick={isOutdated ? () => location.reload() : reset}>{isOutdated ? 'Reload the page' : 'Try again'}</Button>}>
        Your workspaces and runs are not affected; they go on.
        {error.digest && <span className="mt-2 block font-mono text-xs">Reference for the server log: {error.digest}</span>}
      </EmptyState>
    </div>
  );
}
