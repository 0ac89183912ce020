'use client';

import { useCallback, useEffect, useMemo, useRef, useState } from 'react';

export interface Selection {
  /** The chosen ids that are in the list now, in its order. */
  ids: string[];
  has: (id: string) => boolean;
  /** Chooses or lets go of one; with `range` all from the one before to this, as the last choice went. */
  toggle: (id: string, range: boolean) => void;
  chooseAll: () => void;
  clear: () => void;
}

/** What is chosen of a list. Whoever leaves the list (filtered out, deleted) is not chosen any more, but is again when it comes back. */
export function useSelection(listed: readonly string[]): Selection {
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const anchor = useRef<string | null>(null);
  const current = useRef(listed);
  useEffect(() => {
    current.current = listed;
  });
  const toggle = useCallback((id: string, range: boolean) => {
    const from = range ? anchor.current : null;
    anchor.current = id;
    setChosen((before) => (from ? withRange(before, current.current, from, id) : withToggled(before, id)));
  }, []);
  return {
    ids: useMemo(() => listed.filter((id) => chosen.has(id)), [listed, chosen]),
    has: (id) => chosen.has(id),
    toggle,
    chooseAll: () => setChosen(new Set(listed)),
    clear: () => {
      anchor.current = null;
      setChosen(new Set());
    },
  };
}

function withToggled(chosen: ReadonlySet<string>, id: string): Set<string> {
  const next = new Set(chosen);
  if (!next.delete(id)) next.add(id);
  return next;
}

function withRange(chosen: ReadonlySet<string>, listed: readonly string[], from: string, to: string): Set<string> {
  const [start, end] = [listed.indexOf(from), listed.indexOf(to)].sort((one, other) => one - other);
  if (start === undefined || end === undefined || start < 0) return withToggled(chosen, to);
  const next = new Set(chosen);
  for (const id of listed.slice(start, end + 1)) next.add(id);
  return next;
}
