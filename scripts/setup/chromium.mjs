import fs from 'node:fs';
import { installPackages } from './apt.mjs';
import { SetupFailure } from './failure.mjs';
import { run } from './run-command.mjs';

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome-stable', '/usr/bin/google-chrome'];

/** Path of a Chromium that starts: CHROMIUM_PATH, else one of the usual places, else installed with apt. */
export async function ensureChromium(news) {
  const given = process.env.CHROMIUM_PATH;
  if (given) {
    if (await starts(given)) return given;
    throw new SetupFailure(`CHROMIUM_PATH names ${given}, which does not start.`, 'Name a working Chromium, or leave it out and let apt install one.');
  }
  const found = await firstThatStarts();
  if (found) return found;
  await installPackages(['chromium'], 'Chromium (the tests drive the pages with it)', news);
  const installed = await firstThatStarts();
  if (installed) return installed;
  throw new SetupFailure('Chromium was installed and does not start.', 'Run `chromium --version`, repair what it names, or set CHROMIUM_PATH to another one.');
}

async function firstThatStarts() {
  for (const place of PLACES) if (fs.existsSync(place) && (await starts(place))) return place;
  return null;
}

/** Ubuntu's /usr/bin/chromium-browser may be a stub that only says how to install it. */
async function starts(program) {
  const result = await run(program, ['--version'], { timeoutMs: 30_000 }).catch(() => ({ code: 1, stdout: '' }));
  return result.code === 0 && /\d+\.\d+/.test(result.stdout);
}
