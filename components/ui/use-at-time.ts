'use client';

import { useSyncExternalStore } from 'react';

const listeners = new Set<() => void>();
let now = Date.now();
let timer: ReturnType<typeof setInterval> | undefined;

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  if (timer === undefined) {
    now = Date.now(); // nobody had it kept up to date
    timer = setInterval(tick, 1000);
  }
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}

function tick(): void {
  now = Date.now();
  for (const listener of listeners) listener();
}

/** What `of` makes of the time in milliseconds, asked every second; one timer serves the whole page. The component is drawn again only when that changes: hundreds of ages on a page cost next to nothing. */
export function useAtTime<Value extends string | number | boolean>(of: (now: number) => Value): Value {
  return useSyncExternalStore(subscribe, () => of(now), () => of(now));
}
