import { spawn } from 'node:child_process';

export interface Ended {
  code: number | null;
  /** Both streams, as a terminal would show them. */
  printed: string;
  seconds: number;
}

/** Runs `npm run up` or `npm run down` (the script itself) with these settings, to its end, whatever it is. */
export function setUpCommand(name: 'up' | 'down', env: Record<string, string>): Promise<Ended> {
  const started = performance.now();
  const inherited = Object.fromEntries(Object.entries(process.env).filter(([key]) => !/^(ANYON_(?!EXTRA_CA|DEBIAN|BASE)|AUTH_|DATABASE_URL$|VITEST|NODE_ENV$|NODE_OPTIONS$)/.test(key)));
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [`scripts/${name}.mjs`], { env: { ...inherited, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
    let printed = '';
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => (printed += text));
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, printed, seconds: (performance.now() - started) / 1000 }));
  });
}
