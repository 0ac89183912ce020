'use client';

import { useCallback, useEffect, useRef, useState } from 'react';
import { formatLogLink, parseLogLink, type LogStream } from '@/contract/run-log';
import type { LogRow } from '@/components/logs/log-document';

/** Lines of one stream, counted from 0, both ends inside. */
export interface ChosenLines {
  stream: LogStream;
  from: number;
  to: number;
}

/** The lines that somebody chose, kept in the address (`?log=out:12-40`), so that a link leads to them. */
export function useChosenLines(): { chosen: ChosenLines | null; linked: ChosenLines | null; choose: (lines: ChosenLines | null) => void; toggle: (row: LogRow, extend: boolean) => void } {
  const [linked] = useState<ChosenLines | null>(linkedLines);
  const [chosen, setChosen] = useState<ChosenLines | null>(linked);
  const choose = (lines: ChosenLines | null) => {
    setChosen(lines);
    const address = new URL(location.href);
    if (lines) address.searchParams.set('log', formatLogLink(lines.stream, lines.from + 1, lines.to + 1));
    else address.searchParams.delete('log');
    window.history.replaceState(null, '', address);
  };
  const toggle = ({ stream, line }: LogRow, extend: boolean) => {
    if (extend && chosen?.stream === stream) choose({ stream, from: Math.min(chosen.from, line), to: Math.max(chosen.to, line) });
    else if (chosen?.stream === stream && chosen.from === line && chosen.to === line) choose(null);
    else choose({ stream, from: line, to: line });
  };
  // The same function for all drawings, so that rows are not drawn again for it.
  const latest = useRef(toggle);
  useEffect(() => {
    latest.current = toggle;
  });
  const toggleLatest = useCallback((row: LogRow, extend: boolean) => latest.current(row, extend), []);
  return { chosen, linked, choose, toggle: toggleLatest };
}

function linkedLines(): ChosenLines | null {
  const link = parseLogLink(new URL(location.href).searchParams.get('log'));
  return link && { stream: link.stream, from: link.from - 1, to: link.to - 1 };
}
