'use client';

import type { TRPCClient } from '@trpc/client';
import { useEffect, useRef, useState, type RefObject } from 'react';
import type { AppRouter } from '@/server/trpc/router';
import type { LogFilter } from '@/components/logs/log-document';
import type { LogListHandle } from '@/components/logs/log-list';
import type { RunLogStore } from '@/components/logs/run-log-store';
import type { ChosenLines, useChosenLines } from '@/components/logs/use-chosen-lines';
import { useLogPlace } from '@/components/runs/log-place';

interface Options {
  client: TRPCClient<AppRouter>;
  runId: string;
  store: RunLogStore;
  list: RefObject<LogListHandle | null>;
  lines: ReturnType<typeof useChosenLines>;
  filter: LogFilter;
  /** Changes with everything that is learned of the log. */
  version: number;
  showAll: () => void;
}

/**
 * Brings lines into view and marks them: those that the address names, those of a place that was asked for from beside the log, and those of the function
 * returned. A wish waits until the lines are counted and their stream is shown.
 */
export function useGoToLines({ client, runId, store, list, lines, filter, version, showAll }: Options): (lines: ChosenLines) => void {
  const [wish, setWish] = useState<ChosenLines | null>(lines.linked);
  const place = useLogPlace();
  const seen = useRef(0);
  const goTo = (wanted: ChosenLines) => {
    lines.choose(wanted);
    if (filter !== 'both' && filter !== wanted.stream) showAll();
    setWish(wanted);
  };
  const latest = useRef(goTo);
  useEffect(() => {
    latest.current = goTo;
  });

  useEffect(() => {
    if (!place || place.wish === seen.current) return;
    seen.current = place.wish;
    void client.logs.lineAt.query({ runId, stream: place.stream, offset: place.offset }).then(
      ({ line }) => latest.current({ stream: place.stream, from: line - 1, to: line - 1 }),
      () => undefined, // the connection state says it
    );
  }, [client, runId, place]);

  useEffect(() => {
    if (!wish) return;
    const { counted, shift } = store.lines;
    const isThere = store.position[wish.stream] > 0 && counted[wish.stream];
    if (!isThere || (filter !== 'both' && filter !== wish.stream) || !list.current) return;
    list.current.goTo({ stream: wish.stream, name: wish.from - shift[wish.stream] });
    setWish(null);
  }, [wish, filter, version, store, list]);
  return goTo;
}
