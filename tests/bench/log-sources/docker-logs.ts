import { spawn } from 'node:child_process';
import type { LogSource } from '@/tests/bench/log-sources/log-source';

/** What everybody has: the engine keeps the output (json-file), `docker logs -f` follows it. */
export const source: LogSource<string> = {
  name: 'docker logs -f',
  reads: 'container',
  open: async () => ({
    serve: async (logs) => ({ addresses: logs.map(({ container }) => container), close: async () => undefined }),
    close: async () => undefined,
  }),
  follow: async (container, reader) => {
    const child = spawn('docker', ['logs', '--follow', container], { stdio: ['ignore', 'pipe', 'inherit'] });
    child.once('spawn', () => reader.connected()); // the engine keeps what comes before it has connected
    for await (const piece of child.stdout) {
      if (reader.take(piece as Buffer)) break;
    }
    child.kill('SIGKILL');
  },
};
