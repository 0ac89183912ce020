/**
 * Signs in at a running product by the forms of /sign-in and /setup, with a token of GitHub's, and returns the cookie header of the
 * session. With the one-time token of a `cloud` install the account becomes its first administrator.
 */
export async function signInWithGitHubToken(origin: string, given: { token: string; setupToken?: string }): Promise<string> {
  const jar = new Map<string, string>();
  const ask = async (path: string, init: RequestInit = {}): Promise<Response> => {
    const answer = await fetch(`${origin}${path}`, { ...init, redirect: 'manual', headers: { ...Object.fromEntries(new Headers(init.headers)), cookie: cookieHeader(jar) } });
    for (const [pair = ''] of answer.headers.getSetCookie().map((line) => line.split(';'))) jar.set(pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1));
    return answer;
  };
  const { csrfToken } = (await (await ask('/api/auth/csrf')).json()) as { csrfToken: string };
  const body = new URLSearchParams({ csrfToken, setupToken: '', ...given, callbackUrl: origin });
  const answer = await ask('/api/auth/callback/github-token', { method: 'POST', body, headers: { 'content-type': 'application/x-www-form-urlencoded', origin, 'x-auth-return-redirect': '1' } });
  const text = await answer.text();
  if (!answer.ok || /[?&]error=/.test(text)) throw new Error(`The sign-in was refused: HTTP ${answer.status} ${text.slice(0, 500)}`);
  return cookieHeader(jar);
}

function cookieHeader(jar: ReadonlyMap<string, string>): string {
  return [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
}
