import { useSyncExternalStore } from 'react';
import { BUILD } from '@/contract/build';

let heard: string | null = null;
const listeners = new Set<() => void>();

/** Notes which build the server says it is of, whenever this tab's stream is opened. A server of before does not say. */
export function hearServerBuild(build: string | undefined): void {
  if (build === undefined || build === heard) return;
  heard = build;
  for (const listener of listeners) listener();
}

/** Whether the server is known to be of another build than this tab. */
export function outdated(): boolean {
  return heard !== null && heard !== BUILD;
}

export function useIsOutdated(): boolean {
  return useSyncExternalStore(subscribe, outdated, () => false);
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
