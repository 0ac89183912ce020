import type { Metadata } from 'next';
import { signInErrorSentence } from '@/contract/sign-in-error';
import { DoorPage } from '@/components/frame/door-page';
import { SubmitButton } from '@/components/frame/submit-button';
import { TokenSignIn } from '@/components/people/token-sign-in';
import { Notice } from '@/components/ui/notice';
import { signInWithGitHub, signInWithGitHubToken, signInWithSetupToken } from '@/server/auth/actions';
import { signInWays } from '@/server/auth/sign-in-ways';

export const metadata: Metadata = { title: 'Set up', referrer: 'no-referrer' };

/** Opening the link uses nothing up (a preview in a chat may open it too): only the button does, by its POST. */
export default async function SetupPage({ searchParams }: { searchParams: Promise<Record<string, string | string[] | undefined>> }) {
  const { token, error } = await searchParams;
  const given = typeof token === 'string' && token !== '' ? token : null;
  return (
    <DoorPage title="Welcome to Anyon">
      {typeof error === 'string' && <Notice kind="failure">{signInErrorSentence(error)}</Notice>}
      {given === null && (
        <p className="text-ink-soft">
          This page needs the link that <code className="rounded bg-sunken px-1 font-mono text-xs text-ink">npm run up</code> prints on the machine that Anyon runs on.
        </p>
      )}
      {given !== null && (signInWays().link === 'owner' ? <SignInAsOwner token={given} /> : <BecomeFirstAdmin token={given} />)}
    </DoorPage>
  );
}

function SignInAsOwner({ token }: { token: string }) {
  return (
    <>
      <p className="text-ink-soft">Anyon runs on this machine and this link is yours. It signs this browser in as the owner, who may do everything. It works once.</p>
      <form action={signInWithSetupToken} className="flex flex-col">
        <input type="hidden" name="token" value={token} />
        <SubmitButton waiting="Signing in…">Sign in as the owner</SubmitButton>
      </form>
    </>
  );
}

function BecomeFirstAdmin({ token }: { token: string }) {
  const { github, githubUrl } = signInWays();
  return (
    <>
      <p className="text-ink-soft">Sign in, and your GitHub account becomes the first administrator of this Anyon. This works once; afterwards everybody signs in with GitHub.</p>
      {github && (
        <form action={signInWithGitHub} className="flex flex-col">
          <input type="hidden" name="setupToken" value={token} />
          <SubmitButton waiting="Going to GitHub…">Go on with GitHub</SubmitButton>
        </form>
      )}
      <TokenSignIn action={signInWithGitHubToken} githubUrl={githubUrl} setupToken={token} button="Go on with the token" />
    </>
  );
}
