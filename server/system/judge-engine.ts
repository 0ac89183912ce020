import type { SystemCheck } from '@/contract/system-status';
import { unknownRuntime } from '@/server/containers/docker-containers';
import type { EngineInfo, EngineVersion } from '@/server/containers/engine';
import { advisories, concerns } from '@/server/system/advisories';
import { failed, inOrder, warning } from '@/server/system/check';

/** What decides, beside what the engine says. */
export interface EngineWishes {
  /** Null: the engine's default. */
  runtime: string | null;
  /** The engine's clock may be off by so much from `now`, in milliseconds. */
  now: number;
}

/** First API with statistics that answer at once; Engine 20.10. */
const OLDEST_API = [1, 41] as const;
const CLOCK_TOLERANCE_MS = 5_000;

/** All that can be judged by what the engine says of itself; each thing that is not as it should be is a check of its own. */
export function judgeEngine(version: EngineVersion, info: EngineInfo, wishes: EngineWishes): SystemCheck[] {
  return [
    judgeVersion(version),
    ...judgeAdvisories(version),
    judgeRuntime(info, wishes.runtime),
    judgeLiveRestore(info),
    judgeLogs(info),
    judgeSeccomp(info),
    ...judgeUsers(info),
    ...judgeOwnWarnings(info),
    judgeClock(info, wishes.now),
  ];
}

function judgeVersion({ version, apiVersion }: EngineVersion): SystemCheck {
  const [major = 0, minor = 0] = apiVersion.split('.').map(Number);
  const detail = `Version ${version}, API ${apiVersion}`;
  if (major > OLDEST_API[0] || (major === OLDEST_API[0] && minor >= OLDEST_API[1])) return inOrder('Docker Engine', detail);
  return failed('Docker Engine', `${detail}: too old.`, 'Install Docker Engine 20.10 or newer.');
}

function judgeAdvisories({ version, components }: EngineVersion): SystemCheck[] {
  const versions = { Engine: version, containerd: components['containerd'] ?? '', runc: components['runc'] ?? '' };
  const concerned = advisories.filter((advisory) => concerns(advisory, versions[advisory.component]));
  if (concerned.length === 0) return [inOrder('Known weaknesses', `None of those that Anyon knows concern Docker ${version}${versions.runc && ` with runc ${versions.runc}`}.`)];
  return concerned.map(({ component, id, danger, fixedIn }) => {
    const name = component === 'Engine' ? 'Docker' : component;
    const fixed = fixedIn.map((parts) => parts.join('.')).join(', ');
    return warning(`${name}: ${id}`, `${name} ${versions[component]} is older than the fix (${fixed}): ${danger}.`, `Update ${name}. If it comes from your distribution, its own list of fixes may name this one already.`);
  });
}

function judgeRuntime({ runtimes, defaultRuntime }: EngineInfo, wanted: string | null): SystemCheck {
  if (wanted === null) return inOrder('Container runtime', `${defaultRuntime}, the engine's default`);
  if (runtimes.includes(wanted)) return inOrder('Container runtime', wanted);
  const { problem, fix } = unknownRuntime(wanted, runtimes);
  return failed('Container runtime', `No workspace can start: ${problem}`, fix);
}

function judgeLiveRestore({ liveRestore }: EngineInfo): SystemCheck {
  if (liveRestore) return inOrder('Live restore', 'Containers outlive a restart of Docker.');
  return warning('Live restore', 'A restart or update of Docker stops every workspace and every run in it.', 'Add "live-restore": true to /etc/docker/daemon.json and run `sudo systemctl reload docker`.');
}

/** Anyon names the driver and its bounds for each container, so the engine's own default does not matter. */
function judgeLogs({ logDrivers }: EngineInfo): SystemCheck {
  if (logDrivers.includes('json-file')) return inOrder('Container logs', 'Held to two files of 1 MiB for each container.');
  return failed('Container logs', 'Docker does not have the log driver json-file, with which Anyon makes every container.', 'Install a Docker Engine that has it.');
}

function judgeSeccomp({ securityOptions }: EngineInfo): SystemCheck {
  const option = securityOptions.find((text) => text.startsWith('name=seccomp'));
  const profile = /profile=(.+)$/.exec(option ?? '')?.[1];
  if (option === undefined || profile === 'unconfined') return failed('System call filter', 'Docker does not filter the system calls of containers (seccomp).', 'Use a kernel and a Docker Engine with seccomp, and no seccomp-profile "unconfined" in /etc/docker/daemon.json.');
  if (profile === undefined || profile === 'default' || profile === 'builtin') return inOrder('System call filter', "Docker's own seccomp profile");
  return warning('System call filter', `Docker uses a seccomp profile of its own for all containers (${profile}). Anyon does not know how much it allows.`, 'Take "seccomp-profile" out of /etc/docker/daemon.json, unless the profile is stricter than the usual one.');
}

function judgeUsers({ securityOptions }: EngineInfo): SystemCheck[] {
  const has = (name: string) => securityOptions.some((text) => text.startsWith(`name=${name}`));
  if (has('userns')) return [failed('User namespaces', 'Docker shifts the user ids of containers (userns-remap), so they cannot write the files of their workspaces.', 'Take "userns-remap" out of /etc/docker/daemon.json.')];
  if (has('rootless')) return [warning('Rootless Docker', 'Docker runs without root, so the firewall rules of this machine do not reach its networks, and limits hold only as far as your system lets a user set them.', 'Use Docker Engine as the system service.')];
  return [];
}

/** What the engine itself warns of, where it matters here. The texts are those of Docker Engine 20.10 to 28. */
const ownWarnings: ReadonlyArray<{ pattern: RegExp; make: (text: string) => SystemCheck }> = [
  { pattern: /No memory limit support/i, make: (text) => failed('Memory limits', text, 'Switch the memory controller on: cgroup_enable=memory on the kernel command line.') },
  { pattern: /No (cpu cfs (quota|period)|pids limit) support/i, make: (text) => failed('CPU and process limits', text, 'Use a kernel with the cgroup controllers cpu and pids.') },
  { pattern: /No swap limit support/i, make: (text) => warning('Swap limits', `${text}: a workspace can use swap beyond its memory limit.`, 'Add swapaccount=1 to the kernel command line, or switch swap off.') },
  { pattern: /bridge-nf-call-ip6?tables is disabled/i, make: (text) => warning('Firewall between containers', `${text}: rules do not see what passes inside a bridge.`, 'Run `sudo modprobe br_netfilter` and set net.bridge.bridge-nf-call-iptables=1.') },
  { pattern: /API is accessible on .*without/i, make: (text) => failed('Docker over the network', `${text.split('.')[0] ?? text}: who can reach it is root on this machine.`, 'Take the tcp address out of "hosts" in /etc/docker/daemon.json, or protect it with TLS.') },
];

function judgeOwnWarnings({ warnings }: EngineInfo): SystemCheck[] {
  const checks = warnings.flatMap((text) => ownWarnings.filter(({ pattern }) => pattern.test(text)).map(({ make }) => make(text.replace(/^WARNING:\s*/i, '').split('\n')[0] ?? '')));
  return [...new Map(checks.map((check) => [check.name, check])).values()]; // it warns of IPv4 and IPv6 apart
}

function judgeClock({ systemTime }: EngineInfo, now: number): SystemCheck {
  const offMs = Math.abs(Date.parse(systemTime) - now);
  if (Number.isNaN(offMs) || offMs <= CLOCK_TOLERANCE_MS) return inOrder('Clock', "Docker's clock and Anyon's agree.");
  return warning('Clock', `Docker's clock is off by ${Math.round(offMs / 1000)} s from Anyon's: times on the pages are wrong.`, 'Let both machines take their time from the network (`timedatectl set-ntp true`).');
}
