'use server';

import { CredentialsSignin } from 'next-auth';
import { cookies, headers } from 'next/headers';
import { redirect } from 'next/navigation';
import type { SignInErrorCode } from '@/contract/sign-in-error';
import { findActor } from '@/server/auth/actor';
import { GITHUB_PROVIDER, offersGitHub } from '@/server/auth/github-provider';
import { GITHUB_TOKEN_PROVIDER } from '@/server/auth/github-token-provider';
import { nextAuth } from '@/server/auth/next-auth';
import { placeAfterSignIn, signInOnTheWayTo } from '@/server/auth/place-after-sign-in';
import { setupCookie } from '@/server/auth/setup-cookie';
import { SETUP_TOKEN_PROVIDER } from '@/server/auth/setup-token-provider';
import { forgiveSignIn, limitSignIn } from '@/server/auth/sign-in-limits';
import { endOwnSession } from '@/server/people/sign-in';
import { RateLimitedError } from '@/server/rate-limits';

/** Signs the owner of a local install in with the field `token` of the form on /setup, then goes to the board; back to /setup?error=… if it is refused. */
export async function signInWithSetupToken(form: FormData): Promise<void> {
  const refusal = await tryToken(SETUP_TOKEN_PROVIDER, { token: textOf(form, 'token') });
  redirect(refusal ? `/setup?error=${encodeURIComponent(refusal)}` : '/');
}

/**
 * Signs in with the field `token`, a personal access token of GitHub's, and goes on to the page in the field `to`. With the field `setupToken` (the form on
 * /setup of a cloud install) the account becomes the first administrator.
 */
export async function signInWithGitHubToken(form: FormData): Promise<void> {
  const setupToken = textOf(form, 'setupToken');
  const place = placeAfterSignIn(textOf(form, 'to'));
  const refusal = await tryToken(GITHUB_TOKEN_PROVIDER, { token: textOf(form, 'token'), setupToken });
  if (refusal === null) redirect(place);
  // The address keeps no setup token: whoever mistyped opens the link again.
  redirect(setupToken ? `/setup?error=${encodeURIComponent(refusal)}` : signInOnTheWayTo(place, refusal));
}

/** Sends the browser to GitHub; it comes back to the page in the field `to`, or to /sign-in?error=…. With the field `setupToken` as `signInWithGitHubToken`. */
export async function signInWithGitHub(form: FormData): Promise<void> {
  if (!offersGitHub()) redirect(`/sign-in?error=${'Configuration' satisfies SignInErrorCode}`);
  const setupToken = textOf(form, 'setupToken');
  (await cookies()).set(setupCookie(setupToken));
  await nextAuth.signIn(GITHUB_PROVIDER, { redirectTo: placeAfterSignIn(textOf(form, 'to')) });
}

/** Ends the session on the server and in the browser, then goes to /sign-in. Open streams of it end within seconds. */
export async function signOut(): Promise<void> {
  const actor = await findActor(await headers());
  if (actor) await endOwnSession(actor);
  await nextAuth.signOut({ redirect: false });
  redirect('/sign-in');
}

async function tryToken(provider: string, fields: Record<string, string>): Promise<string | null> {
  const from = await headers();
  try {
    await limitSignIn(from);
    // Not redirected by Auth.js: its addresses are absolute, and a browser that came by another name would lose the cookie.
    await nextAuth.signIn(provider, { ...fields, redirect: false });
    await forgiveSignIn(from);
    return null;
  } catch (error) {
    if (error instanceof CredentialsSignin) return error.code;
    if (error instanceof RateLimitedError) return 'rate-limited' satisfies SignInErrorCode;
    throw error;
  }
}

function textOf(form: FormData, field: string): string {
  const value = form.get(field);
  return typeof value === 'string' ? value.trim() : '';
}
