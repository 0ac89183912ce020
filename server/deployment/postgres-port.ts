import fs from 'node:fs/promises';
import net from 'node:net';
import path from 'node:path';
import { AnyonError } from '@/server/errors';

const TRIES = 50;

/**
 * The port to start Postgres on: the one it had last (remembered in `directory`), else `wanted`; when something else holds
 * it, the next free one. Remembered for the next start.
 */
export async function choosePort(directory: string, wanted: number): Promise<number> {
  const file = path.join(directory, 'port');
  const remembered = await readPort(file);
  // A changed setting wins over a memory that came from another setting.
  const first = remembered !== null && remembered >= wanted && remembered < wanted + TRIES ? remembered : wanted;
  for (let port = first; port < first + TRIES && port <= 65_535; port++) {
    if (!(await isFree(port))) continue;
    await fs.writeFile(file, `${port}\n`);
    return port;
  }
  throw new AnyonError('unavailable', `No port from ${first} to ${first + TRIES - 1} is free for Postgres. Name another with ANYON_POSTGRES_PORT.`);
}

/** True when this machine's loopback address has nobody listening on the port. */
export function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = net.createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)));
  });
}

async function readPort(file: string): Promise<number | null> {
  const text = await fs.readFile(file, 'utf8').catch(() => '');
  const port = Number(text.trim());
  return Number.isInteger(port) && port > 0 ? port : null;
}
