import type net from 'node:net';
import { pipeline } from 'node:stream';
import { readClientHello, type Hello } from '@/server/egress/client-hello';
import type { Destination } from '@/server/outbound/destination';
import type { Passage } from '@/server/egress/passage';

/** A tunnel over which nothing has come for so long is given up. */
export const IDLE_MS = 15 * 60_000;
const HELLO_MS = 10_000;

/** TLS alert "access denied", fatal: what a program then tells its user comes closest to the truth. */
const ACCESS_DENIED = Buffer.from([21, 3, 3, 0, 2, 2, 49]);

/**
 * Joins the asking side with the other, in both directions, each with back-pressure. Where the other side's name must be
 * named, nothing of the asking side passes before its TLS hello was seen to do so. Returns when the joining is done; the
 * sockets then go on by themselves and end each other.
 */
export async function joinTunnel(client: net.Socket, destination: Destination, { upstream, mustNameHost, refuse }: Passage): Promise<void> {
  if (mustNameHost) {
    const hello = await readHello(client);
    if (hello.kind !== 'hello' || hello.serverName !== destination.host) {
      if (!client.destroyed) refuse(describeMismatch(destination, hello));
      upstream.destroy();
      client.end(ACCESS_DENIED, () => client.destroySoon());
      return;
    }
  }
  for (const socket of [client, upstream]) socket.setTimeout(IDLE_MS, () => socket.destroy());
  // A pipeline ends the other side when one has ended, and destroys both when one breaks.
  pipeline(client, upstream, endedBy(client, upstream));
  pipeline(upstream, client, endedBy(client, upstream));
}

function endedBy(...sockets: net.Socket[]): (error: Error | null) => void {
  return (error) => {
    if (error) for (const socket of sockets) socket.destroy();
  };
}

function describeMismatch({ host }: Destination, hello: Hello): string {
  if (hello.kind !== 'hello') return `What was sent to ${host} through a tunnel is not TLS, so it cannot be seen to be meant for that host. Plain HTTP goes to the proxy as a request, not through a tunnel.`;
  return `A connection to ${host} asked for ${hello.serverName === null ? 'no host by name' : `the host ${hello.serverName}`} instead. A program must ask for the host that it connects to.`;
}

/** The TLS hello; `incomplete` when it does not come to its end. What was read is put back for the tunnel. */
function readHello(client: net.Socket): Promise<Hello> {
  return new Promise((resolve) => {
    let bytes = Buffer.alloc(0);
    const timer = setTimeout(() => settle({ kind: 'incomplete' }), HELLO_MS);
    const onData = (chunk: Buffer) => {
      bytes = Buffer.concat([bytes, chunk]);
      const hello = readClientHello(bytes);
      if (hello.kind !== 'incomplete') settle(hello);
    };
    const onEnd = () => settle({ kind: 'incomplete' });
    function settle(hello: Hello): void {
      clearTimeout(timer);
      client.pause();
      client.off('data', onData).off('end', onEnd).off('close', onEnd);
      if (bytes.length > 0 && !client.destroyed && !client.readableEnded) client.unshift(bytes);
      resolve(hello);
    }
    client.on('data', onData).once('end', onEnd).once('close', onEnd);
    client.resume();
  });
}
