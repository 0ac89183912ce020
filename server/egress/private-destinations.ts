import { asc, eq } from 'drizzle-orm';
import net from 'node:net';
import { uuidv7 } from 'uuidv7';
import type { Actor } from '@/contract/actor';
import type { PrivateDestination, PrivateDestinationView } from '@/contract/egress';
import { privateDestinations, users } from '@/db/schema';
import { database } from '@/server/database';
import { addressKind } from '@/server/outbound/address-kinds';
import { parseDestination, type Destination } from '@/server/outbound/destination';
import { AnyonError } from '@/server/errors';

/** What admins have opened to every workspace although its address is private, by host. */
export async function listPrivateDestinations(): Promise<PrivateDestinationView[]> {
  return database()
    .select({ id: privateDestinations.id, host: privateDestinations.host, port: privateDestinations.port, note: privateDestinations.note, addedBy: users.login, createdAt: privateDestinations.createdAt })
    .from(privateDestinations)
    .innerJoin(users, eq(users.id, privateDestinations.addedById))
    .orderBy(asc(privateDestinations.host), asc(privateDestinations.port));
}

/**
 * Opens one; the proxy knows it within a fraction of a second. Opened already is fine: then it is that one. Throws `invalid`
 * for what could be no destination, or one that no workspace may ever reach.
 */
export async function addPrivateDestination(actor: Actor, input: PrivateDestination & { note?: string | undefined }): Promise<PrivateDestinationView> {
  const { host, port } = readDestination(input);
  await database()
    .insert(privateDestinations)
    .values({ id: uuidv7(), host, port, note: input.note || null, addedById: actor.userId })
    .onConflictDoNothing();
  const added = (await listPrivateDestinations()).find((one) => one.host === host && one.port === port);
  if (added) return added;
  throw new AnyonError('conflict', `Somebody has just removed ${host}, port ${port}. Add it again if that was not meant.`);
}

/** Closes one; connections to it are cut. One that is gone is fine. */
export async function removePrivateDestination(id: string): Promise<void> {
  await database().delete(privateDestinations).where(eq(privateDestinations.id, id));
}

function readDestination({ host, port }: PrivateDestination): Destination {
  const destination = parseDestination(host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`);
  if (!destination) throw new AnyonError('invalid', `"${host}" is neither a host name nor an IP address.`);
  if (net.isIP(destination.host) !== 0 && addressKind(destination.host) === 'forbidden') {
    throw new AnyonError('invalid', `${host} is an address that no workspace may ever reach: loopback, link-local, cloud metadata or multicast.`);
  }
  return destination;
}
