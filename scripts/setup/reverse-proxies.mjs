import fs from 'node:fs';
import { unpackPackages } from './apt.mjs';
import { SetupFailure } from './failure.mjs';
import { inProject } from './project.mjs';
import { run } from './run-command.mjs';

/** What the tests of docker/proxies run: the program's argument that says its version, its place on a machine and in its package. */
const PROXIES = {
  caddy: { version: 'version', place: 'usr/bin/caddy' },
  nginx: { version: '-v', place: 'usr/sbin/nginx' },
};

/**
 * Paths of a Caddy and an nginx that start: the machine's own, else those of its packages, unpacked into .tools and not installed, so that none of them
 * begins to serve anything. For tests only; Anyon itself needs neither.
 * @returns {Promise<{caddy: string, nginx: string}>}
 */
export async function ensureReverseProxies(news) {
  const found = {};
  for (const [name, { version, place }] of Object.entries(PROXIES)) {
    const unpacked = inProject('.tools', name, place);
    if (!(await starts(`/${place}`, version)) && !(await starts(unpacked, version))) await unpackPackages([name], inProject('.tools', name), `${name} (the tests of its example in docker/proxies)`, news);
    found[name] = (await starts(`/${place}`, version)) ? `/${place}` : unpacked;
    if (!(await starts(found[name], version))) throw new SetupFailure(`${name} was fetched and does not start.`, `Run \`apt-get install ${name}\` and start again.`);
  }
  return found;
}

async function starts(program, argument) {
  if (!fs.existsSync(program)) return false;
  return (await run(program, [argument], { timeoutMs: 30_000 }).catch(() => ({ code: 1 }))).code === 0;
}
