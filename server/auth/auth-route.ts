import type { NextRequest } from 'next/server';
import { nextAuth } from '@/server/auth/next-auth';
import { clearedSetupCookie, readSetupCookie } from '@/server/auth/setup-cookie';
import { sessionCookieName } from '@/server/auth/session-cookie';
import { forgiveSignIn, limitSignIn } from '@/server/auth/sign-in-limits';
import { errorResponse } from '@/server/error-response';
import { AnyonError, isAnyonError } from '@/server/errors';
import { log } from '@/server/log';
import { RateLimitedError } from '@/server/rate-limits';

/**
 * Auth.js's own addresses: the way back from GitHub, the tokens, the session, sign-out. Tries to sign in are counted first: too many
 * get 429. Whatever fails here signs nobody in and is a 503.
 */
export async function answerAuthRequest(request: NextRequest): Promise<Response> {
  try {
    return new URL(request.url).pathname.startsWith('/api/auth/callback/') ? await answerAttempt(request) : await handle(request);
  } catch (error) {
    if (error instanceof RateLimitedError) return tooMany(error);
    if (isAnyonError(error)) return errorResponse(error);
    log().error({ err: error }, 'a request to sign in failed unexpectedly');
    return errorResponse(new AnyonError('unavailable', 'Signing in does not work at this moment. Try again; if it stays like this, the reason is in the server’s log.'));
  }
}

async function answerAttempt(request: NextRequest): Promise<Response> {
  await limitSignIn(request.headers);
  const answer = await handle(request);
  const response = new Response(answer.body, answer);
  if (signsIn(response)) await forgiveSignIn(request.headers);
  if (readSetupCookie(request.headers)) response.headers.append('set-cookie', clearedSetupCookie());
  return response;
}

function handle(request: NextRequest): Promise<Response> {
  return request.method === 'POST' ? nextAuth.handlers.POST(request) : nextAuth.handlers.GET(request);
}

function signsIn(response: Response): boolean {
  return response.headers.getSetCookie().some((line) => line.startsWith(`${sessionCookieName()}=`) && !/^[^;]*=;/.test(line));
}

/** A browser that came here from GitHub goes on to the page with the sentence. */
function tooMany(error: RateLimitedError): Response {
  const response = errorResponse(error);
  response.headers.set('retry-after', String(error.retryAfterSeconds));
  response.headers.set('refresh', '0; url=/sign-in?error=rate-limited');
  return response;
}
