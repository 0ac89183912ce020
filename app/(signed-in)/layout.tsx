import { headers } from 'next/headers';
import { redirect } from 'next/navigation';
import type { ReactNode } from 'react';
import { AppFrame } from '@/components/frame/app-frame';
import { AnyonTrpcProvider } from '@/components/trpc-provider';
import { signOut } from '@/server/auth/actions';
import { findActor } from '@/server/auth/actor';
import { tracingIsWanted } from '@/server/tracing';

/** Everything below is for signed-in people. Each request to the API asks again; this only spares strangers an empty frame. */
export default async function SignedInLayout({ children }: { children: ReactNode }) {
  const actor = await findActor(await headers());
  if (!actor) redirect('/sign-in');
  return (
    <AnyonTrpcProvider traced={tracingIsWanted()}>
      <AppFrame person={{ login: actor.login, role: actor.role }} signOut={signOut}>
        {children}
      </AppFrame>
    </AnyonTrpcProvider>
  );
}
