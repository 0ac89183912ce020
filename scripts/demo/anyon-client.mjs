import { createTRPCClient, httpBatchLink, httpSubscriptionLink, retryLink, splitLink } from '@trpc/client';
import { EventSource } from 'eventsource';
import superjson from 'superjson';

/** As the pages have it (components/trpc/transformer.ts). */
const transformer = { serialize: superjson.serialize, deserialize: (answer) => superjson.deserialize(answer, { inPlace: true }) };

/**
 * Signs in with a one-time token, as the button on /setup does, and returns the cookie header of the session.
 * @param {string} origin for example `http://localhost:3000`
 * @param {string} token what `npm run up` printed after `?token=`
 */
export async function signInWithToken(origin, token) {
  const jar = new Map();
  const csrf = await request(jar, `${origin}/api/auth/csrf`, {});
  const { csrfToken } = await csrf.json();
  const body = new URLSearchParams({ csrfToken, token, callbackUrl: origin });
  const headers = { 'content-type': 'application/x-www-form-urlencoded', origin, 'x-auth-return-redirect': '1' };
  const answer = await request(jar, `${origin}/api/auth/callback/setup-token`, { method: 'POST', body, headers });
  const { url } = await answer.json();
  if (!answer.ok || /[?&]error=/.test(url ?? '')) throw new Error('The sign-in token was refused: it is good only once. Try again.');
  return cookieHeader(jar);
}

/**
 * A client of Anyon's API outside a browser: the same procedures, the same subscriptions, resumed after a break.
 * @param {string} origin
 * @param {string} cookie from `signInWithToken`
 * @returns {import('@trpc/client').TRPCClient<import('../../server/trpc/router').AppRouter>}
 */
export function createAnyonClient(origin, cookie) {
  const url = `${origin}/api/trpc`;
  const withCookie = (input, init = {}) => fetch(input, { ...init, headers: { ...Object.fromEntries(new Headers(init.headers)), cookie, origin } });
  return createTRPCClient({
    links: [
      splitLink({
        condition: (operation) => operation.type === 'subscription',
        true: [
          // A 502 of a proxy, or a restart, closes an EventSource for good: come back, at the position that was reached.
          retryLink({ retry: ({ error }) => isTemporary(error), retryDelayMs: (attempt) => Math.min(5_000, 250 * 2 ** attempt) }),
          httpSubscriptionLink({ url, transformer, EventSource, eventSourceOptions: { fetch: withCookie } }),
        ],
        false: httpBatchLink({ url, transformer, maxItems: 20, fetch: withCookie }), // the server's bound, contract/request.ts
      }),
    ],
  });
}

/** Everything but a clear no from the server: being signed out, forbidden, not found, wrong input. */
function isTemporary(error) {
  const status = error.data?.httpStatus;
  return status === undefined || status >= 500 || status === 429;
}

async function request(jar, url, init) {
  const answer = await fetch(url, { ...init, redirect: 'manual', headers: { ...init.headers, cookie: cookieHeader(jar) } });
  for (const line of answer.headers.getSetCookie()) {
    const [pair] = line.split(';');
    const at = pair.indexOf('=');
    jar.set(pair.slice(0, at), pair.slice(at + 1));
  }
  return answer;
}

function cookieHeader(jar) {
  return [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
}
