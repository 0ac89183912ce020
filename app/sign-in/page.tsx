import type { Metadata } from 'next';
import { signInErrorSentence } from '@/contract/sign-in-error';
import { DoorPage } from '@/components/frame/door-page';
import { SubmitButton } from '@/components/frame/submit-button';
import { TokenSignIn } from '@/components/people/token-sign-in';
import { Notice } from '@/components/ui/notice';
import { signInWithGitHub, signInWithGitHubToken } from '@/server/auth/actions';
import { placeAfterSignIn } from '@/server/auth/place-after-sign-in';
import { signInWays } from '@/server/auth/sign-in-ways';

export const metadata: Metadata = { title: 'Sign in' };

/** `?error=` and `?code=` are codes of ours or of the sign-in library; only known ones have words, none is shown itself. `?to=` is where one goes on. */
export default async function SignInPage({ searchParams }: { searchParams: Promise<Record<string, string | string[] | undefined>> }) {
  const { error, code, to } = await searchParams;
  const place = placeAfterSignIn(to);
  const { github, githubUrl, link } = signInWays();
  const problem = typeof code === 'string' ? code : error;
  const withToken = <TokenSignIn action={signInWithGitHubToken} githubUrl={githubUrl} place={place} button="Sign in with the token" />;
  return (
    <DoorPage title="Sign in">
      {typeof problem === 'string' && <Notice kind="failure">{signInErrorSentence(problem)}</Notice>}
      {github && (
        <form action={signInWithGitHub} className="flex flex-col">
          <input type="hidden" name="to" value={place} />
          <SubmitButton waiting="Going to GitHub…">Sign in with GitHub</SubmitButton>
        </form>
      )}
      {github ? (
        <details>
          <summary className="text-sm font-medium text-ink-soft">With a token instead</summary>
          <div className="pt-3">{withToken}</div>
        </details>
      ) : (
        withToken
      )}
      <div className="flex flex-col gap-2 text-sm text-ink-soft">
        {link === 'owner' && (
          <p>
            The owner signs in with a link: run <code className="rounded bg-sunken px-1 font-mono text-xs text-ink">npm run up</code> on the machine that Anyon runs on and open the address that it prints. Each link works once.
          </p>
        )}
        <p>Others need an administrator to put them, or an organisation of theirs, on the list of those who may sign in.</p>
      </div>
    </DoorPage>
  );
}
