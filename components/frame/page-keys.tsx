'use client';

import { createContext, useCallback, useContext, useEffect, useRef, useState, useSyncExternalStore, type ReactNode } from 'react';
import { Dialog } from '@/components/ui/dialog';

/** A key that does something on the page that is open. */
export interface PageKey {
  /** As `KeyboardEvent.key` says it: `c`, `/`, `Escape`. */
  key: string;
  label: string;
  /** Return false when there was nothing to do: the browser then does with the key what it always does. */
  run: () => boolean | void;
}

class KeyRegistry {
  readonly #sets = new Set<{ current: PageKey[] }>();
  readonly #listeners = new Set<() => void>();
  #all: PageKey[] = [];

  add(set: { current: PageKey[] }): () => void {
    this.#sets.add(set);
    this.#changed();
    return () => {
      this.#sets.delete(set);
      this.#changed();
    };
  }

  find(key: string): PageKey | undefined {
    return [...this.#sets].flatMap((set) => set.current).find((entry) => entry.key === key);
  }

  all = (): PageKey[] => this.#all;

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  #changed(): void {
    this.#all = [...this.#sets].flatMap((set) => set.current);
    for (const listener of this.#listeners) listener();
  }
}

const RegistryContext = createContext<KeyRegistry | null>(null);
const ShowContext = createContext<() => void>(() => {});

/** Listens for the keys of the open page; `?` lists them. Keys typed into a field or while a dialog is open are left alone. */
export function PageKeysProvider({ children }: { children: ReactNode }) {
  const [registry] = useState(() => new KeyRegistry());
  const [listed, setListed] = useState(false);
  const show = useCallback(() => setListed(true), []);
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || isBusy(event.target)) return;
      if (event.key === '?') return setListed(true);
      const entry = registry.find(event.key);
      if (entry && entry.run() !== false) event.preventDefault();
    };
    window.addEventListener('keydown', onKeyDown);
    return () => window.removeEventListener('keydown', onKeyDown);
  }, [registry]);
  return (
    <RegistryContext.Provider value={registry}>
      <ShowContext.Provider value={show}>{children}</ShowContext.Provider>
      <KeyList registry={registry} open={listed} onClose={() => setListed(false)} />
    </RegistryContext.Provider>
  );
}

/** Gives keys to the page while the calling component is on it. */
export function usePageKeys(keys: PageKey[]): void {
  const registry = useContext(RegistryContext);
  const latest = useRef(keys);
  useEffect(() => {
    latest.current = keys;
  });
  useEffect(() => registry?.add(latest), [registry]);
}

/** Opens the list of the keys, as `?` does. */
export function useShowKeys(): () => void {
  return useContext(ShowContext);
}

function KeyList({ registry, open, onClose }: { registry: KeyRegistry; open: boolean; onClose: () => void }) {
  const keys = useSyncExternalStore(registry.subscribe, registry.all, registry.all);
  return (
    <Dialog open={open} onClose={onClose} title="Keys">
      <dl className="grid grid-cols-[auto_1fr] items-center gap-x-4 gap-y-2 text-sm">
        {[...keys, { key: '?', label: 'This list' }].map(({ key, label }) => (
          <div key={key} className="contents">
            <dt>
              <kbd className="inline-block min-w-6 rounded border border-line-strong bg-sunken px-1.5 text-center font-mono text-xs leading-5">{key === 'Escape' ? 'Esc' : key}</kbd>
            </dt>
            <dd className="text-ink-soft">{label}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}

function isBusy(target: EventTarget | null): boolean {
  if (document.querySelector('dialog[open]')) return true;
  return target instanceof HTMLElement && target.closest('input:not([type=checkbox]), textarea, select, [contenteditable], [role=menu]') !== null;
}
