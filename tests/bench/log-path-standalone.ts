import { spawn, type ChildProcess } from 'node:child_process';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { littleGarbage, sharedArenas } from '@/server/parent/process-memory';

/** In the folder of the project. */
export const BUILT_WEB = 'dist/web/server.js';

/** The built web process of the product, as `npm run up` runs it. Resolves when it answers. */
export async function startStandaloneWeb(root: string, env: Record<string, string>, url: string): Promise<ChildProcess> {
  const child = spawn(process.execPath, [...littleGarbage.busy, path.join(root, BUILT_WEB)], { env: { ...process.env, ...sharedArenas, ...env }, stdio: ['ignore', 'ignore', 'inherit'] });
  for (let tries = 0; tries < 300; tries++) {
    if (child.exitCode !== null) throw new Error(`The web process ended with ${child.exitCode}.`);
    // Until it listens, it refuses: that is what is waited out here.
    const answer = await fetch(`${url}/api/health`).catch(() => null);
    if (answer?.ok) return child;
    await delay(100);
  }
  child.kill('SIGKILL');
  throw new Error('The web process did not answer in 30 seconds.');
}
