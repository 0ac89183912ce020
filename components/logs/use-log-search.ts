'use client';

import type { TRPCClient } from '@trpc/client';
import { useEffect, useState } from 'react';
import { searchPattern, type LookedFor } from '@/contract/log-search';
import type { LogStream } from '@/contract/run-log';
import type { AppRouter } from '@/server/trpc/router';
import { beginning, withNews, type LogSearchState } from '@/components/logs/log-search-state';
import { useDebounced } from '@/components/ui/use-debounced';

const pauseMs = 250;

/** Searches a run's log on the server while there is something to look for; null when there is nothing. Leaving or other words end the search. */
export function useLogSearch(client: TRPCClient<AppRouter>, runId: string, wanted: LookedFor, streams: readonly LogStream[]): LogSearchState | null {
  const text = useDebounced(wanted.text, pauseMs);
  const { kind, caseSensitive } = wanted;
  const [search, setSearch] = useState<LogSearchState | null>(null);
  const which = streams.join(' ');

  useEffect(() => {
    setSearch(text === '' ? null : beginning);
    if (text === '') return;
    if (!searchPattern({ text, kind, caseSensitive })) return setSearch({ ...beginning, state: 'failed', problem: 'This is not a regular expression yet.' });
    const subscription = client.logs.search.subscribe(
      { runId, text, kind, caseSensitive, streams: which.split(' ') as LogStream[] },
      {
        onData: ({ data: event }) => {
          setSearch((before) => withNews(before ?? beginning, event));
          if (event.state === 'end') queueMicrotask(() => subscription.unsubscribe());
        },
        onError: (error) => setSearch((before) => ({ ...(before ?? beginning), state: 'failed', problem: error.message })),
      },
    );
    return () => subscription.unsubscribe();
  }, [client, runId, text, kind, caseSensitive, which]);

  return search;
}
