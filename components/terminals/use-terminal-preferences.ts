'use client';

import { useState } from 'react';
import { z } from 'zod';

const preferencesSchema = z.object({ fontSize: z.number().int().min(9).max(28), screenReader: z.boolean() });
export type TerminalPreferences = z.infer<typeof preferencesSchema>;

const key = 'anyon-terminal';
const usual: TerminalPreferences = { fontSize: 13, screenReader: false };

/** How a person likes terminals, remembered in this browser. */
export function useTerminalPreferences(): [TerminalPreferences, (change: Partial<TerminalPreferences>) => void] {
  const [preferences, setPreferences] = useState(readPreferences);
  const change = (changed: Partial<TerminalPreferences>) => {
    const next = preferencesSchema.safeParse({ ...preferences, ...changed });
    if (!next.success) return; // as small or large as it gets
    setPreferences(next.data);
    try {
      localStorage.setItem(key, JSON.stringify(next.data));
    } catch {
      // A browser that remembers nothing still shows it.
    }
  };
  return [preferences, change];
}

function readPreferences(): TerminalPreferences {
  try {
    return preferencesSchema.parse(JSON.parse(localStorage.getItem(key) ?? ''));
  } catch {
    return usual;
  }
}
