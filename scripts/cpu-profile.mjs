// `npm run cpu-profile -- web 10`: what the processor did in the web process (or `worker`) of a running development for 10 seconds, as a
// file for Chrome's DevTools (Performance, Load profile), VS Code or speedscope. ANYON_INSPECT says where its debugger listens.
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { setupUnderProductNode } from './setup/under-product-node.mjs';
import { SetupFailure } from './setup/failure.mjs';
import { inProject } from './setup/project.mjs';
import { openDebugger } from './dev/open-debugger.mjs';

/** As server/parent/development.ts counts. */
const PLACES = { web: 0, worker: 1 };

await setupUnderProductNode('npm run cpu-profile', import.meta.url, { work: profile, lock: false });

async function profile() {
  const [name = 'web', seconds = '10'] = process.argv.slice(2);
  if (!(name in PLACES) || !(Number(seconds) > 0 && Number(seconds) <= 600)) throw new SetupFailure('Say whose processor time, and for how many seconds:  npm run cpu-profile -- web 10', 'The process is web or worker; at most 600 seconds.');
  const [host, port] = (process.env.ANYON_INSPECT || '127.0.0.1:9229').split(':');
  const connection = await openDebugger(`${host}:${Number(port) + PLACES[name]}`);
  try {
    await connection.ask('Profiler.enable');
    await connection.ask('Profiler.start');
    process.stdout.write(`measuring ${name} for ${seconds} s …\n`);
    await sleep(Number(seconds) * 1_000);
    const { profile: measured } = await connection.ask('Profiler.stop');
    const file = inProject('.dev/profiles', `${name}-${new Date().toISOString().replace(/[:.]/g, '-')}.cpuprofile`);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, JSON.stringify(measured));
    process.stdout.write(`${path.relative(inProject(), file)}: ${measured.samples.length} samples\n`);
  } finally {
    connection.close();
  }
}
