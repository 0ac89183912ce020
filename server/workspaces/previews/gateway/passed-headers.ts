import type { IncomingHttpHeaders } from 'node:http';

/** Headers that concern one connection only (RFC 9110, section 7.6.1), and those for proxies. */
const OWN_TO_CONNECTION = ['connection', 'proxy-connection', 'keep-alive', 'te', 'trailer', 'upgrade', 'proxy-authorization', 'proxy-authenticate', 'proxy-authentication-info', 'expect'];
/** What others than this gateway say about where a request comes from. */
const ABOUT_THE_WAY = /^(?:forwarded|x-forwarded(?:-.*)?|x-real-ip|x-client-ip|true-client-ip|via|x-anyon-.*)$/;
/** The gateway's own cookie, and those of Anyon, which should never come: their hosts are others. */
const OURS = /^(?:__Host-|__Secure-)?anyon-/i;

/**
 * Makes the headers of a request those that the web server gets: it is asked as `localhost:<port>`, as by a browser beside it, in Host, Origin
 * and Referer alike; frameworks compare them. No X-Forwarded-Host: some compare that with Origin as well, some refuse it. Where it is
 * really seen says X-Anyon-Origin.
 */
export function headersForServer(headers: IncomingHttpHeaders, { port, origin, isUpgrade }: { port: number; origin: string; isUpgrade: boolean }): void {
  const named = (headers.connection ?? '').split(',').map((token) => token.trim().toLowerCase());
  for (const name of [...OWN_TO_CONNECTION, ...named]) if (name !== 'transfer-encoding' && name !== 'content-length' && !(isUpgrade && name === 'upgrade')) delete headers[name];
  if (isUpgrade) headers.connection = 'Upgrade';
  for (const name of Object.keys(headers)) if (ABOUT_THE_WAY.test(name)) delete headers[name];
  const inside = `http://localhost:${port}`;
  headers.host = `localhost:${port}`;
  if (headers.origin === origin) headers.origin = inside;
  if (headers.referer?.startsWith(`${origin}/`)) headers.referer = inside + headers.referer.slice(origin.length);
  headers['x-anyon-origin'] = origin;
  const cookies = cookiesIn(headers).filter(({ name }) => !OURS.test(name));
  if (cookies.length > 0) headers.cookie = cookies.map(({ text }) => text).join('; ');
  else delete headers.cookie;
}

/**
 * Makes the headers of an answer those that the browser gets. Its page may do what it likes on its own origin; it may not set cookies for a domain,
 * which would reach other hosts, nor clear or redirect what is theirs.
 */
export function headersForBrowser(headers: IncomingHttpHeaders, { port, origin, isUpgrade }: { port: number; origin: string; isUpgrade: boolean }): void {
  const named = (headers.connection ?? '').split(',').map((token) => token.trim().toLowerCase());
  if (!isUpgrade) for (const name of [...OWN_TO_CONNECTION, ...named, 'transfer-encoding']) if (name !== 'content-length') delete headers[name];
  for (const name of ['clear-site-data', 'alt-svc', 'x-anyon-preview']) delete headers[name];
  if (headers.location !== undefined) headers.location = outside(headers.location, port, origin);
  const cookies = headers['set-cookie']?.filter((text) => !OURS.test(text.trimStart())).map(withoutDomain);
  if (cookies && cookies.length > 0) headers['set-cookie'] = cookies;
  else delete headers['set-cookie'];
}

/** Addresses of the web server as it knows itself, as the browser reaches it. */
function outside(location: string, port: number, origin: string): string {
  const target = URL.canParse(location) ? new URL(location) : null;
  const isOwn = target?.protocol === 'http:' && ['localhost', '127.0.0.1', '[::1]', '0.0.0.0'].includes(target.hostname) && (target.port || '80') === String(port);
  return target && isOwn ? origin + target.href.slice(target.origin.length) : location;
}

function withoutDomain(cookie: string): string {
  return cookie.split(';').filter((part, index) => index === 0 || !/^\s*domain\s*(?:=|$)/i.test(part)).join(';');
}

/** The value of a cookie; null when there is none. Of two the first counts: browsers send the one of the host itself first, if its path is as long. */
export function cookieOf(headers: IncomingHttpHeaders, wanted: string): string | null {
  return cookiesIn(headers).find(({ name }) => name === wanted)?.value ?? null;
}

function cookiesIn(headers: IncomingHttpHeaders): { name: string; value: string; text: string }[] {
  return (headers.cookie ?? '').split(';').flatMap((part) => {
    const text = part.trim();
    const at = text.indexOf('=');
    return text === '' ? [] : [{ name: at < 0 ? '' : text.slice(0, at).trim(), value: text.slice(at + 1).trim(), text }];
  });
}
