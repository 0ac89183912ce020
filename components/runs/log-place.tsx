'use client';

import { createContext, useCallback, useContext, useMemo, useState, type ReactNode } from 'react';
import type { LogStream } from '@/contract/run-log';

/** A place in a run's log that somebody wants to see: the line that holds this byte. */
export interface LogPlace {
  stream: LogStream;
  offset: number;
  /** Rises with every wish, so that the same place can be asked for twice. */
  wish: number;
}

interface LogPlaceContext {
  place: LogPlace | null;
  show: (stream: LogStream, offset: number) => void;
}

const Context = createContext<LogPlaceContext>({ place: null, show: () => {} });

/** Carries wishes from whatever speaks of a place in the log to the log itself; `onShow` brings the log into view. */
export function LogPlaceProvider({ onShow, children }: { onShow: () => void; children: ReactNode }) {
  const [place, setPlace] = useState<LogPlace | null>(null);
  const show = useCallback(
    (stream: LogStream, offset: number) => {
      setPlace((before) => ({ stream, offset, wish: (before?.wish ?? 0) + 1 }));
      onShow();
    },
    [onShow],
  );
  const value = useMemo(() => ({ place, show }), [place, show]);
  return <Context.Provider value={value}>{children}</Context.Provider>;
}

/** The place that was asked for last; for the log. */
export function useLogPlace(): LogPlace | null {
  return useContext(Context).place;
}

/** Shows a place in the log of the run that is open. */
export function useShowInLog(): (stream: LogStream, offset: number) => void {
  return useContext(Context).show;
}
