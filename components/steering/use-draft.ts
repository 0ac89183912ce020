'use client';

import { useCallback, useSyncExternalStore } from 'react';
import { usePerson } from '@/components/frame/person-context';

/** Where the browser keeps nothing (private windows), at least this tab does. */
const kept = new Map<string, string>();
const listeners = new Set<() => void>();

/** A text that was typed and not sent yet. It survives a reload, until its person signs out here, and nobody else is shown it; the empty text is not kept. */
export function useDraft(name: string): [text: string, change: (text: string) => void] {
  const key = `${keysOf(usePerson().login)}${name}`;
  const text = useSyncExternalStore(subscribe, () => read(key), () => '');
  const change = useCallback((next: string) => write(key, next), [key]);
  return [text, change];
}

/** Nothing that a person typed stays in this browser, for the next one who uses it. */
export function forgetDrafts(login: string): void {
  for (const key of storedKeys(keysOf(login))) write(key, '');
}

const keysOf = (login: string) => `anyon.draft.${login}.`;

function storedKeys(beginning: string): string[] {
  const here = [...kept.keys()];
  try {
    here.push(...Object.keys(localStorage));
  } catch {
    // forbidden: then nothing is there
  }
  return here.filter((key) => key.startsWith(beginning));
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
