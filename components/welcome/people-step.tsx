'use client';

import { useSyncExternalStore } from 'react';
import { AllowedList } from '@/components/people/allowed-list';
import { useIsAdmin } from '@/components/frame/person-context';
import { CopyButton } from '@/components/ui/copy-button';
import { Notice } from '@/components/ui/notice';
import { Card } from '@/components/ui/section';

export interface SignInSettings {
  /** True when a GitHub OAuth app is set. */
  github: boolean;
  githubUrl: string;
}

/** Who may sign in; and how GitHub is told of this install, where it has not been yet. */
export function PeopleStep({ signIn }: { signIn: SignInSettings }) {
  const isAdmin = useIsAdmin();
  if (!isAdmin) return <Notice kind="info">Administrators decide who may sign in.</Notice>;
  return (
    <>
      {signIn.github ? <Notice kind="info">People sign in with GitHub ({new URL(signIn.githubUrl).host}). The list below says who is let in.</Notice> : <GitHubApp githubUrl={signIn.githubUrl} />}
      <AllowedList />
    </>
  );
}

function GitHubApp({ githubUrl }: { githubUrl: string }) {
  const origin = useSyncExternalStore(noChanges, () => window.location.origin, () => '');
  return (
    <Card className="flex flex-col gap-3 p-4 text-sm">
      <p>
        So far only the link that <code className="rounded bg-sunken px-1 font-mono text-xs">npm run up</code> prints signs in, and personal access tokens of people on the list. For a button “Sign in with GitHub” make an OAuth app at{' '}
        <a className="text-accent underline underline-offset-2" href={`${githubUrl}/settings/applications/new`} target="_blank" rel="noopener noreferrer">
          {githubUrl}/settings/applications/new
        </a>{' '}
        with these values:
      </p>
      <dl className="grid grid-cols-[auto_1fr] items-center gap-x-4 gap-y-1">
        <Value name="Homepage URL" text={origin} />
        <Value name="Callback URL" text={`${origin}/api/auth/callback/github`} />
      </dl>
      <p>
        Then set <code className="font-mono text-xs">AUTH_GITHUB_ID</code> and <code className="font-mono text-xs">AUTH_GITHUB_SECRET</code> to what it shows and run <code className="font-mono text-xs">npm run up</code> again. Runs go on meanwhile.
      </p>
    </Card>
  );
}

function Value({ name, text }: { name: string; text: string }) {
  return (
    <>
      <dt className="text-ink-faint">{name}</dt>
      <dd className="flex min-w-0 items-center gap-1">
        <code className="min-w-0 font-mono text-xs [overflow-wrap:anywhere]">{text}</code>
        <CopyButton label={`Copy the ${name}`} text={text} />
      </dd>
    </>
  );
}

function noChanges(): () => void {
  return () => {};
}
