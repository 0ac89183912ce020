import { CliError } from '@/cli/cli-error';
import { readConfig, type Config } from '@/cli/config';
import type { Environment } from '@/cli/environment';

/** The address of an Anyon as a person types it: a missing scheme is https, for localhost http; what follows the host is kept, a final slash is not. */
export function parseAddress(text: string): string {
  const typed = text.trim();
  const scheme = /^(localhost|127\.|\[::1\])/.test(typed) ? 'http' : 'https';
  const url = parsedUrl(/^[a-z]+:\/\//i.test(typed) ? typed : `${scheme}://${typed}`);
  if (!url || !/^https?:$/.test(url.protocol) || url.username || url.password || !url.hostname) throw new CliError('invalid', `“${typed}” is not the address of an Anyon. It looks like https://anyon.example.com.`);
  return `${url.origin}${url.pathname.replace(/\/+$/, '')}`;
}

/** Whom to speak to and as whom: the environment comes before what was saved, and a saved token goes to the address it was saved for only. */
export function signedIn(environment: Environment): Config {
  if (environment.url && environment.token) return { url: parseAddress(environment.url), token: environment.token };
  const saved = readConfig(environment.configFile);
  const url = environment.url ? parseAddress(environment.url) : saved?.url;
  if (!url) throw new CliError('unauthenticated', environment.token ? 'ANYON_TOKEN is set, but not which Anyon it is for. Set ANYON_URL as well.' : 'You are not signed in. Sign in with `anyon login`.');
  if (environment.token) return { url, token: environment.token };
  if (saved?.url !== url) throw new CliError('unauthenticated', `ANYON_URL is ${url}, and there is no token for it. Set ANYON_TOKEN, or sign in with \`anyon login --url ${url}\`.`);
  return saved;
}

/** True when the token would be readable on its way. */
export function isUnprotected(url: string): boolean {
  const { protocol, hostname } = new URL(url);
  return protocol === 'http:' && hostname !== 'localhost' && !hostname.endsWith('.localhost') && !hostname.startsWith('127.') && hostname !== '[::1]';
}

function parsedUrl(text: string): URL | null {
  return URL.canParse(text) ? new URL(text) : null;
}
