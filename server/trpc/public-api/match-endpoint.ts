import { publicEndpoints, type PublicEndpointName } from '@/contract/public-api';
import { PUBLIC_API_BASE, type PublicEndpoint } from '@/contract/public-api-endpoint';
import { AnyonError } from '@/server/errors';

export interface MatchedEndpoint {
  name: PublicEndpointName;
  endpoint: PublicEndpoint;
  /** What stands in the address where `path` has names in braces. */
  inAddress: Record<string, string>;
}

/** The endpoint that a request is for. Throws `not_found` for an address or a method that the table does not have. */
export function matchEndpoint(method: string, pathname: string): MatchedEndpoint {
  const segments = segmentsOf(pathname);
  const atAddress = Object.entries(publicEndpoints as Record<string, PublicEndpoint>).flatMap(([name, endpoint]) => {
    const inAddress = match(endpoint.path, segments);
    return inAddress ? [{ name: name as PublicEndpointName, endpoint, inAddress }] : [];
  });
  const found = atAddress.find(({ endpoint }) => endpoint.method === method || (method === 'HEAD' && endpoint.answers === 'bytes'));
  if (found) return found;
  if (atAddress.length === 0) throw new AnyonError('not_found', `There is nothing at this address. ${PUBLIC_API_BASE}/openapi.json lists what there is.`);
  throw new AnyonError('not_found', `This address does not take ${method.slice(0, 20)}, but ${atAddress.map(({ endpoint }) => endpoint.method).join(' and ')}.`);
}

function segmentsOf(pathname: string): string[] {
  return pathname.slice(PUBLIC_API_BASE.length + 1).split('/');
}

function match(path: string, segments: readonly string[]): Record<string, string> | null {
  const wanted = path.slice(1).split('/');
  if (wanted.length !== segments.length) return null;
  const found: Record<string, string> = {};
  for (const [at, part] of wanted.entries()) {
    const given = segments[at] ?? '';
    const [, name] = /^\{(\w+)\}$/.exec(part) ?? [];
    if (name) found[name] = given;
    else if (part !== given) return null;
  }
  return found;
}
