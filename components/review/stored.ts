'use client';

import { useCallback, useSyncExternalStore } from 'react';

const listeners = new Set<() => void>();

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  window.addEventListener('storage', listener);
  return () => {
    listeners.delete(listener);
    window.removeEventListener('storage', listener);
  };
}

/** A text that this browser remembers; null until something is set, and while the page is drawn on the server. */
export function useStored(key: string): [string | null, (value: string) => void] {
  const value = useSyncExternalStore(subscribe, () => read(key), () => null);
  const set = useCallback(
    (text: string) => {
      try {
        localStorage.setItem(key, text);
      } catch {
        // full or forbidden: then it is not remembered
      }
      for (const listener of listeners) listener();
    },
    [key],
  );
  return [value, set];
}

function read(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}
