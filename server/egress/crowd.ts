import type net from 'node:net';
import { AnyonError } from '@/server/errors';

const MOST_PER_ADDRESS = 256;
/** So many more are still told why they are refused. */
const TOLD_WHY = 32;

/** Counts open connections per address, so that one workspace cannot take them all. */
export class Crowd {
  readonly #open = new Map<string, number>();
  readonly #surplus = new WeakSet<net.Socket>();

  take(socket: net.Socket): void {
    const address = socket.remoteAddress ?? '';
    const count = (this.#open.get(address) ?? 0) + 1;
    this.#open.set(address, count);
    socket.once('close', () => this.#release(address));
    if (count > MOST_PER_ADDRESS) this.#surplus.add(socket);
    if (count > MOST_PER_ADDRESS + TOLD_WHY) socket.destroy();
  }

  /** Throws `limit_reached` for a connection that is one too many. */
  assertRoom(socket: net.Socket): void {
    if (this.#surplus.has(socket)) throw new AnyonError('limit_reached', `This workspace has ${MOST_PER_ADDRESS} connections open already. Close some and try again.`);
  }

  #release(address: string): void {
    const left = (this.#open.get(address) ?? 1) - 1;
    if (left > 0) this.#open.set(address, left);
    else this.#open.delete(address);
  }
}
