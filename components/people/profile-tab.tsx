'use client';

import { useQuery } from '@tanstack/react-query';
import { LogOut } from 'lucide-react';
import { useState, type ReactNode } from 'react';
import type { OwnProfile } from '@/contract/person';
import { SessionList } from '@/components/people/session-list';
import { SignOutEverywhereDialog } from '@/components/people/sign-out-everywhere';
import { viaWords } from '@/components/people/via-words';
import { Loaded } from '@/components/trpc/loaded';
import { useTRPC } from '@/components/trpc/trpc';
import { Button } from '@/components/ui/button';
import { exactTime, TimeUntil } from '@/components/ui/relative-time';
import { Card, Section } from '@/components/ui/section';

/** Who the person is here, how they signed in, and where else they are signed in. */
export function ProfileTab() {
  const trpc = useTRPC();
  const profile = useQuery(trpc.session.profile.queryOptions());
  return (
    <div className="flex flex-col gap-6 pt-4">
      <Section title="You">
        <Loaded query={profile} height="h-40">
          {(person) => <Facts person={person} />}
        </Loaded>
      </Section>
      <Section title="Signed in" note="A sign-in ends after 7 days, or when a browser was away for 3. What ends here, ends at once; runs go on." action={<SignOutEverywhere />}>
        <SessionList />
      </Section>
    </div>
  );
}

function Facts({ person }: { person: OwnProfile }) {
  return (
    <Card>
      <dl className="divide-y divide-line">
        <Fact name="Name">{person.name ? `${person.name} (${person.login})` : person.login}</Fact>
        <Fact name="Role">{person.role === 'admin' ? 'Administrator' : 'Member'}</Fact>
        {person.githubId !== null && <Fact name="GitHub id">{person.githubId}</Fact>}
        <Fact name="Signed in">
          {viaWords[person.via]}
          {person.throughOrganisation && (
            <p className="text-sm text-ink-soft">An organisation of yours lets you in. Its membership is confirmed every hour with your GitHub connection; without one, sign in again after an hour.</p>
          )}
        </Fact>
        {person.tokenScopes && <Fact name="Scopes of the token">{person.tokenScopes.length > 0 ? person.tokenScopes.join(', ') : 'none named (a fine-grained token)'}</Fact>}
        {person.via === 'pat' && (
          <Fact name="The token ends">
            {person.tokenExpiresAt ? (
              <>
                {exactTime(person.tokenExpiresAt)} (<TimeUntil date={person.tokenExpiresAt} />)
              </>
            ) : (
              'never, or GitHub does not say'
            )}
          </Fact>
        )}
      </dl>
    </Card>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="flex flex-col gap-0.5 px-4 py-2.5 sm:flex-row sm:gap-4">
      <dt className="shrink-0 text-sm text-ink-faint sm:w-40">{name}</dt>
      <dd className="min-w-0 [overflow-wrap:anywhere]">{children}</dd>
    </div>
  );
}

function SignOutEverywhere() {
  const [asking, setAsking] = useState(false);
  return (
    <>
      <Button size="small" icon={<LogOut aria-hidden className="size-3.5" />} onClick={() => setAsking(true)}>
        Sign out everywhere
      </Button>
      <SignOutEverywhereDialog open={asking} onClose={() => setAsking(false)} />
    </>
  );
}
