import { execFile } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { promisify } from 'node:util';
import { ownName } from '@/tests/setup/owned-names';

const run = promisify(execFile);

/** A network namespace, joined to this host by a pair of interfaces. Needs root. */
export interface Namespace {
  /** This host's end of the pair. */
  device: string;
  /** This host as the namespace sees it, and the namespace as this host sees it. */
  hostAddress: string;
  namespaceAddress: string;
  /** Put in front of a command, it runs in the namespace. */
  prefix: readonly string[];
  /** Ends what runs in it, and removes it. */
  close(): Promise<void>;
}

/** Opens one on a /30 of its own. */
export async function openNamespace(): Promise<Namespace> {
  const name = await ownName('anyon-test-');
  const id = name.slice(-8);
  const [device, peer] = [`anyt${id}h`, `anyt${id}n`];
  const subnet = `198.18.${randomInt(256)}.${4 * randomInt(64)}`; // a range for tests (RFC 2544), used by nobody's network
  const [hostAddress, namespaceAddress] = [1, 2].map((last) => subnet.replace(/\d+$/, (first) => String(Number(first) + last))) as [string, string];
  const ip = async (...args: string[]): Promise<string> => (await run('ip', args)).stdout;
  const close = async () => {
    await removeNamespace(name);
    await ip('link', 'delete', device).catch(() => ''); // gone with its peer already, as a rule
  };
  await ip('netns', 'add', name);
  try {
    await ip('link', 'add', device, 'type', 'veth', 'peer', 'name', peer, 'netns', name);
    await ip('address', 'add', `${hostAddress}/30`, 'dev', device);
    await ip('link', 'set', device, 'up');
    await ip('-n', name, 'address', 'add', `${namespaceAddress}/30`, 'dev', peer);
    for (const end of [peer, 'lo']) await ip('-n', name, 'link', 'set', end, 'up');
  } catch (error) {
    await close();
    throw error;
  }
  // Not `ip netns exec`: that hides /sys/fs/cgroup.
  return { device, hostAddress, namespaceAddress, prefix: ['nsenter', `--net=/run/netns/${name}`], close };
}

/** Ends what runs in the namespace, and removes it with its interfaces. */
export async function removeNamespace(name: string): Promise<void> {
  // A container's own namespaces go with their processes; what still runs in this one is a test's alone.
  for (const pid of (await run('ip', ['netns', 'pids', name])).stdout.split('\n').filter(Boolean)) kill(Number(pid));
  await run('ip', ['netns', 'delete', name]);
}

/** Some have just been told to end by whoever started them. */
function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
