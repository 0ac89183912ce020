import { AnyonError } from '@/server/errors';

/**
 * `fetch` for addresses that a user has set: only http and https, no redirect is followed, and the resolved address is checked at
 * connect time (private, loopback, link-local and metadata ranges are refused unless an admin has opened host and port as a private
 * destination). Throws `invalid` for an address that may not be called and `unavailable` when nobody answers within `timeoutMs`.
 */
export async function guardedFetch(_url: string, _init: { method?: string; headers?: Record<string, string>; body?: string; timeoutMs?: number; maxBytes?: number }): Promise<{ status: number; headers: Headers; text: string }> {
  throw new AnyonError('internal', 'Not built yet.');
}
