'use client';

import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { config } from 'zod';
import { errorKind } from '@/components/trpc/error-kind';
import { createBrowserClient } from '@/components/trpc/links';
import { shareData } from '@/components/trpc/share-data';
import { TRPCProvider } from '@/components/trpc/trpc';

// The page's policy forbids what zod would compile; without this it tries once and is reported.
config({ jitless: true });

/** Gives the pages their client and cache. What the server refused is not asked again; what it did not answer is. `traced`: this install makes traces. */
export function AnyonTrpcProvider({ traced = false, children }: { traced?: boolean; children: ReactNode }) {
  const [queryClient] = useState(createQueryClient);
  const [client] = useState(() => createBrowserClient({ traced }));
  return (
    <QueryClientProvider client={queryClient}>
      <TRPCProvider trpcClient={client} queryClient={queryClient}>
        {children}
      </TRPCProvider>
    </QueryClientProvider>
  );
}

function createQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        networkMode: 'always', // the browser's word that it is offline is no reason not to ask: the server may be on this machine
        staleTime: 5_000,
        structuralSharing: shareData,
        refetchInterval: 30_000, // changes are pushed; this is for what a push could miss
        retry: (failures, error) => errorKind(error) === null && failures < 20,
        retryDelay: (attempt) => Math.min(250 * 2 ** attempt, 5_000),
      },
      mutations: { networkMode: 'always', retry: false }, // fails and says so; what waited for the network would happen when nobody expects it any more
    },
  });
}
