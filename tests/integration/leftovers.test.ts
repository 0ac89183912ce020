import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { docker, exists } from '@/tests/setup/docker-objects';
import takeAway from '@/tests/setup/leftovers';
import { openNamespace, removeNamespace, type Namespace } from '@/tests/setup/namespace';
import { isAbandoned, ownInstance } from '@/tests/setup/owned-names';

/** Holds the name in its argument as a test process does, makes a network namespace of it, and waits to be killed. Needs root. */
const HOLDER = `
const name = process.argv[1];
require('node:net').createServer().listen('\\0anyon-test-' + name, () => {
  require('node:child_process').execFileSync('ip', ['netns', 'add', name]);
  console.log('ready');
});`;

const opened: Namespace[] = [];
const networks: string[] = [];

function makeNetwork(instance: string): string {
  const name = `${instance}-left`;
  docker('network', 'create', '--label', `anyon.instance=${instance}`, name);
  networks.push(name);
  return name;
}

afterAll(async () => {
  for (const namespace of opened) await namespace.close();
  for (const name of networks) if (exists('network', name)) docker('network', 'rm', name);
});

describe('what tests leave that are cut off', () => {
  it('is taken away once its process has ended, and not before', async () => {
    const name = `anyon-test-${(await ownInstance()).slice(-8)}`;
    const holder = spawn(process.execPath, ['-e', HOLDER, name], { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(holder.stdout, 'data');
    try {
      await takeAway();
      expect(existsSync(`/run/netns/${name}`)).toBe(true);
      holder.kill('SIGKILL');
      await once(holder, 'exit');
      expect(await isAbandoned(name)).toBe(true);
      await takeAway();
      expect(existsSync(`/run/netns/${name}`)).toBe(false);
    } finally {
      holder.kill('SIGKILL');
      if (existsSync(`/run/netns/${name}`)) await removeNamespace(name);
    }
  });

  it('is told from what tests use that run now, in the network and in Docker', async () => {
    opened.push(await openNamespace());
    const used = makeNetwork(await ownInstance());
    const left = makeNetwork('test-00000000');
    await takeAway();
    expect(existsSync(opened[0]?.prefix[1]?.slice('--net='.length) ?? '')).toBe(true);
    expect([exists('network', used), exists('network', left)]).toEqual([true, false]);
  });
});
