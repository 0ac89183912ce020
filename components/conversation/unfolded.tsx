'use client';

import { createContext, useCallback, useContext, useMemo, useState, type ReactNode } from 'react';
import { RowRun } from '@/components/conversation/row-run';

type Choice = boolean | number;

interface Unfolding {
  choices: ReadonlyMap<string, Choice>;
  choose: (key: string, choice: Choice) => void;
}

const Context = createContext<Unfolding>({ choices: new Map(), choose: () => undefined });

/** Remembers what a person has folded and unfolded, also of rows that are out of sight and not drawn. */
export function UnfoldingProvider({ initially, children }: { initially?: ReadonlyMap<string, Choice>; children: ReactNode }) {
  const [choices, setChoices] = useState<ReadonlyMap<string, Choice>>(initially ?? new Map());
  const choose = useCallback((key: string, choice: Choice) => setChoices((before) => new Map(before).set(key, choice)), []);
  const value = useMemo(() => ({ choices, choose }), [choices, choose]);
  return <Context.Provider value={value}>{children}</Context.Provider>;
}

/** Whether the thing with this key in this row's run is unfolded, and how to change that; `first` until somebody chooses. */
export function useUnfolded(key: string, first = false): [boolean, () => void] {
  const { choices, choose } = useContext(Context);
  const name = `${useContext(RowRun) ?? ''} ${key}`;
  const open = Boolean(choices.get(name) ?? first);
  return [open, () => choose(name, !open)];
}

/** How many of a long list are shown, and how to show so many more, or `first` again. */
export function useShownCount(key: string, first: number): { shown: number; more: (count: number) => void; fewer: () => void } {
  const { choices, choose } = useContext(Context);
  const name = `${useContext(RowRun) ?? ''} ${key}`;
  const chosen = choices.get(name);
  const shown = typeof chosen === 'number' ? chosen : first;
  return { shown, more: (count) => choose(name, shown + count), fewer: () => choose(name, first) };
}
