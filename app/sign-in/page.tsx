import type { Metadata } from 'next';
import { signInErrorSentence } from '@/contract/sign-in-error';
import { DoorPage } from '@/components/frame/door-page';
import { SubmitButton } from '@/components/frame/submit-button';
import { Notice } from '@/components/ui/notice';
import { signInWithGitHub } from '@/server/auth/actions';
import { offersGitHub } from '@/server/auth/github-provider';

export const metadata: Metadata = { title: 'Sign in' };

/** `?error=` is a code of ours or of the sign-in library; only known ones have words, none is shown itself. */
export default async function SignInPage({ searchParams }: { searchParams: Promise<Record<string, string | string[] | undefined>> }) {
  const { error } = await searchParams;
  const github = offersGitHub();
  return (
    <DoorPage title="Sign in">
      {typeof error === 'string' && <Notice kind="failure">{signInErrorSentence(error)}</Notice>}
      {github && (
        <form action={signInWithGitHub} className="flex flex-col">
          <SubmitButton waiting="Going to GitHub…">Sign in with GitHub</SubmitButton>
        </form>
      )}
      <div className="flex flex-col gap-2 text-sm text-ink-soft">
        {!github && <p>Signing in with GitHub is not set up on this machine.</p>}
        <p>
          The owner signs in with a link: run <code className="rounded bg-sunken px-1 font-mono text-xs text-ink">npm run up</code> on the machine that Anyon runs on and open the address that it prints. Each link works once.
        </p>
        <p>{github ? 'Others need the administrator to put their numeric GitHub id on the list of those who may sign in.' : 'To let others in, the administrator sets AUTH_GITHUB_ID and AUTH_GITHUB_SECRET and lists who may sign in.'}</p>
      </div>
    </DoorPage>
  );
}
