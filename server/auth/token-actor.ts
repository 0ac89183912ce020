import type { Actor } from '@/contract/actor';
import { clientAddress } from '@/server/client-address';
import { database } from '@/server/database';
import { AnyonError, isAnyonError } from '@/server/errors';
import { findLiveToken } from '@/server/people/api-tokens/find-live-token';

/**
 * Who sent this request of the public API: by `Authorization: Bearer …` and nothing else; a cookie is not looked at. Throws
 * `unauthenticated` for anybody else, and `unavailable` when the rows cannot be asked.
 */
export async function requireTokenActor(headers: Headers): Promise<Actor> {
  const [, value] = /^Bearer +(\S{1,200}) *$/i.exec(headers.get('authorization') ?? '') ?? [];
  if (!value) throw new AnyonError('unauthenticated', 'Send an API token as “Authorization: Bearer anyon_…”. Make one under Settings → API tokens.');
  const actor = await askRows(value, clientAddress(headers));
  if (!actor) throw new AnyonError('unauthenticated', 'This token is not known here, has expired or was revoked. Make another one under Settings → API tokens.');
  return actor;
}

async function askRows(value: string, from: string): Promise<Actor | null> {
  try {
    return await findLiveToken(database(), value, from);
  } catch (cause) {
    if (isAnyonError(cause)) throw cause;
    throw new AnyonError('unavailable', 'The database does not answer, so nobody can be recognized. Try again in a moment.', { cause });
  }
}
