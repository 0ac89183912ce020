import { readFileSync } from 'node:fs';
import { get, type IncomingMessage } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

export const MEGABYTE = 1024 * 1024;

/** An answer of which only the beginning is taken. */
export function stalling(address: string, cookie: string): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const request = get(address, { headers: { cookie, accept: 'text/event-stream' }, agent: false }, (response) => {
      response.pause();
      resolve(response);
    });
    request.once('error', reject);
  });
}

/** Waits until the process reads nothing any more; returns how much it has read since. */
export async function stalled(pid: number): Promise<number> {
  const read = () => Number(/^rchar: (\d+)/m.exec(readFileSync(`/proc/${pid}/io`, 'utf8'))?.[1]);
  const first = read();
  let [last, quiet] = [first, 0];
  for (const deadline = Date.now() + 60_000; quiet < 8 && Date.now() < deadline; ) {
    await sleep(250);
    const now = read();
    quiet = now - last < MEGABYTE / 4 ? quiet + 1 : 0;
    last = now;
  }
  return last - first;
}

/** What the process has in memory, in bytes. */
export const memory = (pid: number): number => Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024;
