import { once } from 'node:events';
import type net from 'node:net';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import { uuidv7 } from 'uuidv7';
import type { Actor } from '@/contract/actor';
import type { Database } from '@/db/client';
import { privateDestinations } from '@/db/schema';

/** An address of this machine that is not its loopback, which the product never calls. */
export const ownAddress = Object.values(os.networkInterfaces()).flatMap((list) => list ?? []).find(({ family, internal }) => family === 'IPv4' && !internal)?.address ?? '127.0.0.1';

/** Listens there on a free port, and opens it to the product as an admin would. */
export async function listenAsOpened(server: net.Server, { database, actor }: { database: Database; actor: Actor }): Promise<number> {
  server.listen(0, ownAddress);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await database.insert(privateDestinations).values({ id: uuidv7(), host: ownAddress, port, addedById: actor.userId });
  return port;
}
