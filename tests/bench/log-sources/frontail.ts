import { spawn, type ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { installFrontail } from '@/tests/bench/log-sources/frontail/install-frontail';
import type { LogReader, LogSource } from '@/tests/bench/log-sources/log-source';
import { freePorts } from '@/tests/setup/free-ports';

interface Address {
  port: number;
  /** frontail's name for a file: a namespace of socket.io. */
  namespace: string;
}

/** A published tail for the browser, over a WebSocket, an event a line: https://www.npmjs.com/package/frontail. A server for each log, as its guide starts it. */
export const source: LogSource<Address> = {
  name: 'frontail',
  reads: 'file',
  slow: true,
  open: async ({ say }) => {
    const program = await installFrontail(say);
    return {
      serve: async (logs) => {
        const ports = await freePorts(logs.length);
        const servers = logs.map(({ file }, index) => spawn(process.execPath, [program, '--disable-usage-stats', '--host', '127.0.0.1', '--port', String(ports[index]), '--number', '1', file], { stdio: ['ignore', 'ignore', 'inherit'] }));
        const close = async () => void (await Promise.all(servers.map(end)));
        await Promise.all(ports.map(answers)).catch(async (error: unknown) => close().then(() => Promise.reject(error)));
        return { addresses: logs.map(({ file }, index) => ({ port: ports[index] ?? 0, namespace: createHash('md5').update(file).digest('hex') })), close };
      },
      close: async () => undefined,
    };
  },
  follow: async ({ port, namespace }, reader) => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/socket.io/?EIO=3&transport=websocket`);
    try {
      await new Promise<void>((resolve, reject) => {
        socket.addEventListener('message', ({ data }: MessageEvent<string>) => takeMessage(data, { socket, namespace, reader }) && resolve());
        socket.addEventListener('close', () => reject(new Error('frontail ended the connection.')));
        socket.addEventListener('error', () => reject(new Error('frontail does not answer.')));
      });
    } finally {
      socket.close();
    }
  },
};

/** Messages of engine.io 3 and socket.io 2, as frontail's own page gets them. True after the last byte. */
function takeMessage(text: string, { socket, namespace, reader }: { socket: WebSocket; namespace: string; reader: LogReader }): boolean {
  if (text === '40') socket.send(`40/${namespace},`);
  if (text === `40/${namespace},`) reader.connected();
  const prefix = `42/${namespace},`;
  if (!text.startsWith(prefix)) return false;
  const [event, line] = JSON.parse(text.slice(prefix.length)) as [string, string];
  return event === 'line' && reader.take(`${line}\n`);
}

/** It ends its `tail` only when it is asked to end itself. */
async function end(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  server.kill('SIGTERM');
  await once(server, 'exit');
}

const ANSWERS_WITHIN_MS = 60_000;

async function answers(port: number): Promise<void> {
  for (const deadline = Date.now() + ANSWERS_WITHIN_MS; ; await delay(50)) {
    // Until it listens, it refuses.
    if (await fetch(`http://127.0.0.1:${port}/`).then(({ ok }) => ok, () => false)) return;
    if (Date.now() > deadline) throw new Error('frontail did not answer within a minute.');
  }
}
