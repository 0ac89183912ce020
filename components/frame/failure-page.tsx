'use client';

import { TriangleAlert } from 'lucide-react';
import { Button } from '@/components/ui/button';
import { EmptyState } from '@/components/ui/empty-state';

/** What a page shows when drawing it failed. Nothing on the server is affected, and it says so. After an update a page's old scripts are gone. */
export function FailurePage({ error, reset }: { error: Error & { digest?: string }; reset: () => void }) {
  const outdated = error.name === 'ChunkLoadError';
  return (
    <div className="grid min-h-[60dvh] place-items-center p-4" role="alert">
      <EmptyState icon={TriangleAlert} title={outdated ? 'Anyon was updated meanwhile' : 'This page could not be drawn'} action={<Button variant="primary" onClick={outdated ? () => location.reload() : reset}>{outdated ? 'Reload the page' : 'Try again'}</Button>}>
        Your workspaces and runs are not affected; they go on.
        {error.digest && <span className="mt-2 block font-mono text-xs">Reference for the server log: {error.digest}</span>}
      </EmptyState>
    </div>
  );
}
