import { open } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import type { LogSource } from '@/tests/bench/log-sources/log-source';

/** What following a file costs at least: read what is new, write it elsewhere. The limit for everything that does more. */
export const source: LogSource<string> = {
  name: 'a raw copy',
  reads: 'file',
  open: async () => ({
    serve: async (logs) => ({ addresses: logs.map(({ file }) => file), close: async () => undefined }),
    close: async () => undefined,
  }),
  follow: async (file, reader) => {
    const [from, to] = await Promise.all([open(file), open(`${file}.copy`, 'w')]);
    const buffer = Buffer.allocUnsafe(512 * 1024);
    reader.connected();
    for (let at = 0; ; ) {
      const { bytesRead } = await from.read(buffer, 0, buffer.length, at);
      at += bytesRead;
      if (bytesRead === 0) await delay(2);
      else {
        await to.write(buffer, 0, bytesRead);
        if (reader.take(buffer.subarray(0, bytesRead))) break;
      }
    }
    await Promise.all([from.close(), to.close()]);
  },
};
