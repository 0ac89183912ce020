'use client';

import { useQuery } from '@tanstack/react-query';
import { clsx } from 'clsx';
import { Ban, CircleCheck, LogOut, MoreHorizontal, Shield, User } from 'lucide-react';
import { useState, type ReactNode } from 'react';
import type { PersonView } from '@/contract/person';
import { PersonActionDialog } from '@/components/people/person-action-dialog';
import { actionsFor, actionWords, type PersonAction } from '@/components/people/person-actions';
import { Loaded } from '@/components/trpc/loaded';
import { useTRPC } from '@/components/trpc/trpc';
import { IconButton } from '@/components/ui/button';
import { Menu, MenuItem } from '@/components/ui/menu';
import { count } from '@/components/ui/quantities';
import { RelativeTime } from '@/components/ui/relative-time';
import { Card } from '@/components/ui/section';

const columns = 'md:grid md:grid-cols-[minmax(0,1fr)_7.5rem_6rem_7rem_6rem_1.75rem] md:items-center md:gap-4';
const icons: Record<PersonAction, ReactNode> = {
  'make-admin': <Shield aria-hidden />,
  'make-member': <User aria-hidden />,
  'sign-out': <LogOut aria-hidden />,
  disable: <Ban aria-hidden />,
  enable: <CircleCheck aria-hidden />,
};

/** Everybody who was ever let in, with what an administrator can do about them. */
export function PeopleList() {
  const trpc = useTRPC();
  const people = useQuery(trpc.people.list.queryOptions(undefined, { refetchInterval: 60_000 }));
  const ownId = useQuery(trpc.session.me.queryOptions(undefined, { staleTime: 60_000 })).data?.actor?.userId;
  const [asked, setAsked] = useState<{ person: PersonView; action: PersonAction } | null>(null);
  return (
    <>
      <Loaded query={people} height="h-40">
        {(list) => (
          <Card>
            <div role="table" aria-label="People">
              <div role="row" className={`hidden border-b border-line px-4 py-2 text-xs font-medium text-ink-faint ${columns}`}>
                {['Person', 'Role', 'Last seen', 'Workspaces', 'Signed in', ''].map((name) => (
                  <span key={name} role="columnheader">
                    {name || <span className="sr-only">Actions</span>}
                  </span>
                ))}
              </div>
              <div role="rowgroup" className="divide-y divide-line">
                {list.map((person) => (
                  <PersonRow key={person.id} person={person} isYou={person.id === ownId} onAsk={(action) => setAsked({ person, action })} />
                ))}
              </div>
            </div>
          </Card>
        )}
      </Loaded>
      <PersonActionDialog asked={asked} onClose={() => setAsked(null)} />
    </>
  );
}

function PersonRow({ person, isYou, onAsk }: { person: PersonView; isYou: boolean; onAsk: (action: PersonAction) => void }) {
  const { login, name, githubId, role, disabledAt, admitted, lastSeenAt, workspaces, liveSessions } = person;
  return (
    <div role="row" className={`relative flex flex-col gap-1 px-4 py-2.5 text-sm ${columns}`}>
      <div role="cell" className={clsx('min-w-0 pr-9 [overflow-wrap:anywhere] md:pr-0', !admitted && 'text-ink-faint')}>
        <span className="font-medium">{login}</span>
        {isYou && <span className="ml-2 rounded bg-accent-soft px-1.5 py-0.5 text-xs font-medium text-accent">You</span>}
        <p className="text-xs text-ink-faint">{[name, githubId === null ? 'owner of this install' : `GitHub id ${githubId}`].filter(Boolean).join(' · ')}</p>
      </div>
      <div className="flex flex-wrap gap-x-3 text-ink-soft max-md:text-xs md:contents">
        <span role="cell">
          {role === 'admin' ? 'Administrator' : 'Member'}
          {!admitted && <span className="block font-medium text-state-failed max-md:ml-2 max-md:inline">{disabledAt ? 'Disabled' : 'Not let in now'}</span>}
        </span>
        <span role="cell">
          <span className="md:hidden">seen </span>
          {lastSeenAt ? <RelativeTime date={lastSeenAt} /> : 'never'}
        </span>
        <span role="cell">{count(workspaces, 'workspace')}</span>
        <span role="cell">{liveSessions === 0 ? 'nowhere' : count(liveSessions, 'browser')}</span>
      </div>
      <span role="cell" className="max-md:absolute max-md:top-2 max-md:right-3">
        {!isYou && (
          <Menu
            label={`Actions for ${login}`}
            trigger={
              <IconButton label={`Actions for ${login}`}>
                <MoreHorizontal aria-hidden />
              </IconButton>
            }
          >
            {actionsFor(person).map((action) => (
              <MenuItem key={action} icon={icons[action]} danger={actionWords[action].danger} onSelect={() => onAsk(action)}>
                {actionWords[action].menu}
              </MenuItem>
            ))}
          </Menu>
        )}
      </span>
    </div>
  );
}
