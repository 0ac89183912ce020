'use client';

import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { LogOut } from 'lucide-react';
import type { SessionView } from '@/contract/person';
import { browserName } from '@/components/people/browser-name';
import { errorKind, errorSentence } from '@/components/trpc/error-kind';
import { Loaded } from '@/components/trpc/loaded';
import { useTRPC } from '@/components/trpc/trpc';
import { viaWords } from '@/components/people/via-words';
import { Button } from '@/components/ui/button';
import { FailureNotice } from '@/components/ui/failure-notice';
import { RelativeTime, TimeUntil } from '@/components/ui/relative-time';
import { Card } from '@/components/ui/section';

/** The browsers in which the person is signed in; each but this one can be signed out. */
export function SessionList() {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const sessions = useQuery(trpc.session.list.queryOptions(undefined, { refetchInterval: 60_000 }));
  const end = useMutation(trpc.session.end.mutationOptions({ onSettled: () => void queryClient.invalidateQueries({ queryKey: trpc.session.list.queryKey() }) }));
  return (
    <>
      {end.isError && <FailureNotice message={errorSentence(end.error)} kind={errorKind(end.error)} />}
      <Loaded query={sessions} height="h-24">
        {(list) => (
          <Card>
            <ul className="divide-y divide-line">
              {list.map((session) => (
                <SessionRow key={session.id} session={session} busy={end.isPending && end.variables.sessionId === session.id} onEnd={() => end.mutate({ sessionId: session.id })} />
              ))}
            </ul>
          </Card>
        )}
      </Loaded>
    </>
  );
}

function SessionRow({ session, busy, onEnd }: { session: SessionView; busy: boolean; onEnd: () => void }) {
  const name = browserName(session.userAgent);
  return (
    <li className="flex flex-wrap items-center gap-x-3 gap-y-1 px-4 py-3">
      <div className="min-w-0 flex-1 basis-52">
        <div className="font-medium [overflow-wrap:anywhere]">
          {name}
          {session.current && <span className="ml-2 rounded bg-accent-soft px-1.5 py-0.5 text-xs font-medium whitespace-nowrap text-accent">This browser</span>}
        </div>
        <p className="text-xs text-ink-faint">
          {viaWords[session.via]} · seen <RelativeTime date={session.lastSeenAt} /> · signed in <RelativeTime date={session.createdAt} /> · ends <TimeUntil date={session.expiresAt} />
        </p>
      </div>
      {!session.current && (
        <Button size="small" busy={busy} icon={<LogOut aria-hidden className="size-3.5" />} aria-label={`Sign out ${name}`} onClick={onEnd}>
          Sign out
        </Button>
      )}
    </li>
  );
}
