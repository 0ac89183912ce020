'use client';

import { useCallback, useSyncExternalStore } from 'react';

/** Where the browser keeps nothing (private windows), at least this tab does. */
const kept = new Map<string, string>();
const listeners = new Set<() => void>();

/** A text that was typed and not sent yet. It survives a reload; the empty text is not kept. */
export function useDraft(name: string): [text: string, change: (text: string) => void] {
  const key = `anyon.draft.${name}`;
  const text = useSyncExternalStore(subscribe, () => read(key), () => '');
  const change = useCallback((next: string) => write(key, next), [key]);
  return [text, change];
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function read(key: string): string {
  const here = kept.get(key);
  if (here !== undefined) return here;
  try {
    return localStorage.getItem(key) ?? '';
  } catch {
    return '';
  }
}

function write(key: string, text: string): void {
  kept.set(key, text);
  try {
    if (text === '') localStorage.removeItem(key);
    else localStorage.setItem(key, text);
  } catch {
    // full or forbidden: this tab still has it
  }
  for (const listener of listeners) listener();
}
