import fs from 'node:fs';
import { installPackages } from './apt.mjs';
import { SetupFailure } from './failure.mjs';
import { run, throwIfStopped } from './run-command.mjs';

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome-stable', '/usr/bin/google-chrome'];

/** Debian's Chromium without a window. The program itself: the script in /usr/bin would stay in front of it. */
const HEADLESS_SHELL = '/usr/lib/chromium/chromium-headless-shell';

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

/**
 * Path of Debian's headless shell, installed with apt: the same engine, and half the work for the same page. Null where CHROMIUM_PATH asks for another
 * browser, and on systems that have no such package; then `ensureChromium` is what there is.
 */
export async function ensureHeadlessShell(news) {
  const given = process.env.CHROMIUM_PATH;
  if (given && given !== PLACES[0]) return null;
  if (await starts(HEADLESS_SHELL)) return HEADLESS_SHELL;
  const known = await run('apt-cache', ['show', 'chromium-headless-shell']).catch(() => ({ code: 1 }));
  if (known.code !== 0) return null;
  await installPackages(['chromium-headless-shell'], 'Chromium without a window (the tests drive the pages with it)', news).catch(() => throwIfStopped());
  return (await starts(HEADLESS_SHELL)) ? HEADLESS_SHELL : null;
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
