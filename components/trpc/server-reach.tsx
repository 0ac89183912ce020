'use client';

import { createContext, useContext, useEffect, useState, useSyncExternalStore, type ReactNode } from 'react';
import type { ChangesConnection } from '@/components/trpc/watch-changes';

/** How a tab and its server stand to each other. */
export type ServerReach = 'there' | 'offline' | 'away' | 'signed-out';

/** A break that is over sooner is nothing that anybody needs to know of. */
const AWAY_AFTER_MS = 5_000;
const loopback = new Set(['localhost', '127.0.0.1', '[::1]']);

const sentences: Partial<Record<ServerReach, string>> = {
  offline: 'This browser is offline. It works again when the connection is back.',
  away: 'The server does not answer. It works again when it does.',
};

const Context = createContext<ServerReach>('there');

/** Tells what is below whether the server can be reached. */
export function ServerReachProvider({ reach, children }: { reach: ServerReach; children: ReactNode }) {
  return <Context.Provider value={reach}>{children}</Context.Provider>;
}

/** Whether the server can be reached, by the news that come from it and by what the browser knows. */
export function useReach(connection: ChangesConnection): ServerReach {
  const online = useSyncExternalStore(subscribe, () => navigator.onLine || loopback.has(location.hostname), () => true);
  const isLate = useLasting(connection === 'lost' || connection === 'connecting');
  return reachOf({ connection, online, isLate });
}

/** A browser that is offline reaches a server on its own machine all the same: `online` says so. */
export function reachOf({ connection, online, isLate }: { connection: ChangesConnection; online: boolean; isLate: boolean }): ServerReach {
  if (connection === 'signed-out') return 'signed-out';
  if (!online) return 'offline';
  return isLate && connection !== 'live' ? 'away' : 'there';
}

export function useServerReach(): ServerReach {
  return useContext(Context);
}

/** Why a button that asks the server for something would fail now; null when nothing speaks against it. */
export function useServerTrouble(): string | null {
  return sentences[useContext(Context)] ?? null;
}

/** True once it has been so for a while without a break. */
function useLasting(isSo: boolean): boolean {
  const [since, setSince] = useState(false);
  useEffect(() => {
    if (!isSo) return;
    const timer = setTimeout(() => setSince(true), AWAY_AFTER_MS);
    return () => {
      clearTimeout(timer);
      setSince(false);
    };
  }, [isSo]);
  return isSo && since;
}

function subscribe(listener: () => void): () => void {
  window.addEventListener('online', listener);
  window.addEventListener('offline', listener);
  return () => {
    window.removeEventListener('online', listener);
    window.removeEventListener('offline', listener);
  };
}
