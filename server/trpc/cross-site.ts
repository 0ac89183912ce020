/**
 * Why a request that changes something must not be served, or null when it may. A page of another site can make a browser
 * send our cookies; it cannot make it send our Origin. So a request with cookies needs an Origin of ours: that of the public
 * address, or (plain http only, where people come through port forwards) one that names the host that was asked. Missing
 * means refused. A request without cookies has nothing of the browser's to abuse.
 */
export function crossSiteProblem(headers: Headers, publicUrl: string): string | null {
  const origin = headers.get('origin');
  if (origin === null) return headers.has('cookie') ? 'The request carries cookies but no Origin header. Send the address of Anyon as Origin.' : null;
  const site = headers.get('sec-fetch-site');
  const fromElsewhere = site === 'cross-site' || site === 'same-site';
  if (!fromElsewhere && isOurs(origin, headers.get('host'), new URL(publicUrl))) return null;
  return `Changes are accepted only from ${new URL(publicUrl).origin}. Open Anyon there.`;
}

function isOurs(origin: string, host: string | null, publicUrl: URL): boolean {
  if (origin === publicUrl.origin) return true;
  if (publicUrl.protocol !== 'http:' || host === null) return false;
  return origin === `http://${host.toLowerCase()}`;
}
