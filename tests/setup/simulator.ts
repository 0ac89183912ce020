import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';

export interface RunningSimulator {
  url: string;
  /** Everything it has printed. */
  printed: () => string;
  stop: () => Promise<void>;
}

/** Starts the simulator as its own process on a free port of `host`; resolves when it listens. */
export async function startSimulator(host = '127.0.0.1'): Promise<RunningSimulator> {
  const child = spawn(process.execPath, [path.resolve('docker/claude-simulator/server.mjs')], { env: { ...process.env, HOST: host, PORT: '0' }, stdio: ['ignore', 'pipe', 'pipe'] });
  let text = '';
  const url = await new Promise<string>((resolve, reject) => {
    const take = (chunk: Buffer) => {
      text += chunk.toString();
      const address = /listening on (http:\S+)/.exec(text)?.[1];
      if (address) resolve(address);
    };
    child.stdout.on('data', take);
    child.stderr.on('data', take);
    child.once('exit', (code) => reject(new Error(`The simulator ended with ${code}: ${text}`)));
  });
  return {
    url,
    printed: () => text,
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGTERM');
      await once(child, 'exit');
    },
  };
}
