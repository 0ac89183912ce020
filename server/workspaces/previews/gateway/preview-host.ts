import type { IncomingHttpHeaders } from 'node:http';
import { readPreviewLabel, type PreviewPlace } from '@/contract/preview';

/** What the Host header says: which preview is asked for, and the origin that it has in the browser. */
export interface PreviewHost {
  place: PreviewPlace;
  origin: string;
}

/** Null for every host that is not exactly a label of ours below the address of previews. The port may be another one: of a tunnel, of a reverse proxy. */
export function readPreviewHost(host: string | undefined, base: string): PreviewHost | null {
  const { hostname, protocol } = new URL(base);
  const [, label = '', domain = '', port = ''] = /^([a-z0-9-]{1,63})\.([a-z0-9.-]{1,190}?)(:\d{1,5})?$/.exec(host?.toLowerCase() ?? '') ?? [];
  const place = domain === hostname ? readPreviewLabel(label) : null;
  return place && { place, origin: `${protocol}//${label}.${domain}${port}` };
}

/**
 * Whether a page of another origin has made the browser send this: it may link to a preview, and nothing else. Previews of one domain count as
 * one site to the browser, so its own rules about cookies do not keep them apart.
 */
export function isForeign(request: { method: string | undefined; headers: IncomingHttpHeaders; isUpgrade: boolean }, origin: string): boolean {
  const { method, headers, isUpgrade } = request;
  const site = headers['sec-fetch-site'];
  if (site === 'cross-site' || site === 'same-site') return !(method === 'GET' && !isUpgrade && headers['sec-fetch-mode'] === 'navigate' && headers['sec-fetch-dest'] === 'document');
  if (site !== undefined && !isUpgrade) return false;
  // A browser that does not say comes with an Origin, when it changes something or talks both ways; what comes without one is a program.
  return headers.origin !== undefined && headers.origin !== origin;
}
