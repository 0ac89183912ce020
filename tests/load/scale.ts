import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { saveResult } from '@/tests/load/load-report';
import { measureHistory } from '@/tests/load/scale-history';
import { measureLive } from '@/tests/load/scale-live';
import { measureLogs } from '@/tests/load/scale-logs';

/**
 * `npm run load -- --scale [history] [logs] [live] [--small]`: how cost grows with history, with the size of logs, and with live runs and viewers; all three
 * without a name. The figures are for docs/scale.md.
 */
const PARTS: Record<string, (directory: string, small: boolean) => Promise<object>> = {
  logs: (directory, small) => measureLogs(directory, small ? [1, 10] : [1, 10, 100, 1_024], say),
  live: (_, small) => measureLive(small ? { runs: [1, 3], viewers: [10], seconds: 20 } : { runs: [1, 10, 25, 50], viewers: [1, 10, 50, 100], seconds: 30 }, say),
  history: (directory, small) => measureHistory(directory, small ? [100, 1_000] : [100, 1_000, 10_000, 100_000], say),
};

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

const words = process.argv.slice(2);
const small = words.includes('--small');
const wanted = words.filter((word) => word !== '--small');
const unknown = wanted.find((word) => !(word in PARTS));
if (unknown) {
  say(`There is no part "${unknown}". There are: ${Object.keys(PARTS).join(', ')}.`);
  process.exit(2);
}
const directory = await mkdtemp(path.join(os.tmpdir(), 'anyon-scale-'));
process.on('exit', () => rmSync(directory, { recursive: true, force: true })); // however it ends
for (const name of wanted.length > 0 ? wanted : Object.keys(PARTS)) await saveResult(`scale-${name}`, await PARTS[name]!(directory, small));
process.exit();
