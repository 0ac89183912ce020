'use client';

import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { errorKind, errorSentence } from '@/components/trpc/error-kind';
import { FailureNotice } from '@/components/ui/failure-notice';
import { Skeleton } from '@/components/ui/skeleton';

interface LoadedProps<Data> {
  query: Pick<UseQueryResult<Data, unknown>, 'data' | 'error' | 'isError' | 'refetch'>;
  /** Height of the place holder, as a class: that of what comes. */
  height: string;
  children: (data: Data) => ReactNode;
}

/** What a query shows: a place holder until it has answered, its data, and above them the failure when it has none or only old ones. */
export function Loaded<Data>({ query, height, children }: LoadedProps<Data>) {
  return (
    <>
      {query.isError && <FailureNotice message={errorSentence(query.error)} kind={errorKind(query.error)} onRetry={() => void query.refetch()} />}
      {query.data === undefined ? !query.isError && <Skeleton className={`${height} w-full`} /> : children(query.data)}
    </>
  );
}
