'use client';

import { createContext, useCallback, useContext, useMemo, useState, type ReactNode } from 'react';
import { RowRun } from '@/components/conversation/row-run';

interface Unfolding {
  choices: ReadonlyMap<string, boolean>;
  choose: (key: string, open: boolean) => void;
}

const Context = createContext<Unfolding>({ choices: new Map(), choose: () => undefined });

/** Remembers what a person has folded and unfolded, also of rows that are out of sight and not drawn. */
export function UnfoldingProvider({ children }: { children: ReactNode }) {
  const [choices, setChoices] = useState<ReadonlyMap<string, boolean>>(new Map());
  const choose = useCallback((key: string, open: boolean) => setChoices((before) => new Map(before).set(key, open)), []);
  const value = useMemo(() => ({ choices, choose }), [choices, choose]);
  return <Context.Provider value={value}>{children}</Context.Provider>;
}

/** Whether the thing with this key in this row's run is unfolded, and how to change that; `first` until somebody chooses. */
export function useUnfolded(key: string, first = false): [boolean, () => void] {
  const { choices, choose } = useContext(Context);
  const name = `${useContext(RowRun) ?? ''} ${key}`;
  const open = choices.get(name) ?? first;
  return [open, () => choose(name, !open)];
}
