import type { Metadata } from 'next';
import { signInErrorSentence } from '@/contract/sign-in-error';
import { DoorPage } from '@/components/frame/door-page';
import { SubmitButton } from '@/components/frame/submit-button';
import { Notice } from '@/components/ui/notice';
import { signInWithSetupToken } from '@/server/auth/actions';

export const metadata: Metadata = { title: 'Set up', referrer: 'no-referrer' };

/** Opening the link uses nothing up (a preview in a chat may open it too): only the button does, by its POST. */
export default async function SetupPage({ searchParams }: { searchParams: Promise<Record<string, string | string[] | undefined>> }) {
  const { token, error } = await searchParams;
  const hasToken = typeof token === 'string' && token !== '';
  return (
    <DoorPage title="Welcome to Anyon">
      {typeof error === 'string' && <Notice kind="failure">{signInErrorSentence(error)}</Notice>}
      {hasToken && (
        <>
          <p className="text-ink-soft">Anyon runs on this machine and this link is yours. It signs this browser in as the owner, who may do everything. It works once.</p>
          <form action={signInWithSetupToken} className="flex flex-col">
            <input type="hidden" name="token" value={token} />
            <SubmitButton waiting="Signing in…">Sign in as the owner</SubmitButton>
          </form>
        </>
      )}
      {!hasToken && (
        <p className="text-ink-soft">
          This page needs the link that <code className="rounded bg-sunken px-1 font-mono text-xs text-ink">npm run up</code> prints on the machine that Anyon runs on. Open that link to sign in as the owner.
        </p>
      )}
    </DoorPage>
  );
}
