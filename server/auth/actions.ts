'use server';

import { CredentialsSignin } from 'next-auth';
import { headers } from 'next/headers';
import { redirect } from 'next/navigation';
import type { SignInErrorCode } from '@/contract/sign-in-error';
import { findActor } from '@/server/auth/actor';
import { GITHUB_PROVIDER, offersGitHub } from '@/server/auth/github-provider';
import { nextAuth } from '@/server/auth/next-auth';
import { revokeSession } from '@/server/auth/sessions';
import { SETUP_TOKEN_PROVIDER } from '@/server/auth/setup-token-provider';
import { database } from '@/server/database';

/** Signs the owner in with the field `token` of the form on /setup, then goes to the board; back to /setup?error=… if it is refused. */
export async function signInWithSetupToken(form: FormData): Promise<void> {
  const refusal = await trySetupToken(form.get('token'));
  redirect(refusal ? `/setup?error=${encodeURIComponent(refusal)}` : '/');
}

async function trySetupToken(token: FormDataEntryValue | null): Promise<string | null> {
  try {
    // Not redirected by Auth.js: its addresses are absolute, and a browser that came by another name would lose the cookie.
    await nextAuth.signIn(SETUP_TOKEN_PROVIDER, { token: typeof token === 'string' ? token.trim() : '', redirect: false });
    return null;
  } catch (error) {
    if (error instanceof CredentialsSignin) return error.code;
    throw error;
  }
}

/** Sends the browser to GitHub; it comes back to the board, or to /sign-in?error=…. */
export async function signInWithGitHub(): Promise<void> {
  if (!offersGitHub()) redirect(`/sign-in?error=${'Configuration' satisfies SignInErrorCode}`);
  await nextAuth.signIn(GITHUB_PROVIDER, { redirectTo: '/' });
}

/** Ends the session on the server and in the browser, then goes to /sign-in. Open streams of it end within seconds. */
export async function signOut(): Promise<void> {
  const actor = await findActor(await headers());
  if (actor) await revokeSession(database(), actor.sessionId);
  await nextAuth.signOut({ redirect: false });
  redirect('/sign-in');
}
