'use client';

import { useSearchParams } from 'next/navigation';
import { useEffect } from 'react';

/** Goes on to a preview that was asked for before a sign-in (`?open=<port>&path=…`), in this tab. When it cannot be opened, the way back has no such words. */
export function useOpenAsked(workspaceId: string, isRunning: boolean): void {
  const asked = useSearchParams();
  const [port, path] = [asked.get('open'), asked.get('path')];
  useEffect(() => {
    if (!isRunning || port === null || !/^\d{1,5}$/.test(port)) return;
    location.replace(`/api/workspaces/${workspaceId}/preview/${port}${path === null ? '' : `?to=${encodeURIComponent(path)}`}`);
  }, [workspaceId, isRunning, port, path]);
}
