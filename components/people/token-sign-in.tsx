import { SubmitButton } from '@/components/frame/submit-button';
import { Field, TextInput } from '@/components/ui/field';

interface TokenSignInProps {
  action: (form: FormData) => Promise<void>;
  githubUrl: string;
  /** The one-time token of a cloud install that is being set up. */
  setupToken?: string;
  /** Where one goes on; the board when absent. */
  place?: string;
  button: string;
}

/** Signing in with a personal access token of GitHub's, where its own page is not set up or not reachable. Works without scripts. */
export function TokenSignIn({ action, githubUrl, setupToken, place, button }: TokenSignInProps) {
  const host = new URL(githubUrl).host;
  return (
    <form action={action} className="flex flex-col gap-3">
      {setupToken && <input type="hidden" name="setupToken" value={setupToken} />}
      {place && <input type="hidden" name="to" value={place} />}
      <Field
        label={`Token of ${host}`}
        hint={
          <>
            Classic with <code className="font-mono">read:user</code>, and <code className="font-mono">read:org</code> where an organisation lets you in; or fine-grained.{' '}
            <a className="text-accent underline" href={`${githubUrl}/settings/tokens/new?scopes=read:user,read:org&description=Anyon`} target="_blank" rel="noreferrer">
              Make one on {host}
            </a>
          </>
        }
      >
        {(control) => <TextInput {...control} type="password" name="token" autoComplete="off" required maxLength={300} />}
      </Field>
      <p className="text-xs text-ink-faint">GitHub is asked whose token it is. What is kept: who you are, the names of its scopes and when it ends. The token is not.</p>
      <SubmitButton waiting="Signing in…">{button}</SubmitButton>
    </form>
  );
}
