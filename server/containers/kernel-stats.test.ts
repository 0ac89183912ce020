import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { readKernelStats, type KernelPlaces } from '@/server/containers/kernel-stats';

const id = 'a'.repeat(64);
let root = '';
let places: KernelPlaces;
beforeEach(() => {
  root = mkdtempSync(path.join(os.tmpdir(), 'anyon-kernel-'));
  places = { cgroup: path.join(root, 'cgroup'), proc: path.join(root, 'proc') };
  write('proc/4711/net/dev', `Inter-|   Receive                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
    lo:     999       0    0    0    0     0          0         0      999       0    0    0    0     0       0          0
  eth0:    1760       2    0    0    0     0          0         0     2500       0    0    0    0     0       0          0
  eth1:      40       2    0    0    0     0          0         0      500       0    0    0    0     0       0          0
`);
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function write(file: string, content: string): void {
  mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
  writeFileSync(path.join(root, file), content);
}

function writeVersion2(group: string): void {
  write('cgroup/cgroup.controllers', 'cpu memory pids\n');
  write(`cgroup/${group}/cpu.stat`, 'usage_usec 2500000\nuser_usec 1\nsystem_usec 2\n');
  write(`cgroup/${group}/memory.current`, '8000000\n');
  write(`cgroup/${group}/memory.max`, '268435456\n');
  write(`cgroup/${group}/memory.stat`, 'anon 1\nfile 2\ninactive_file 3000000\nactive_file 5\n');
  write(`cgroup/${group}/pids.current`, '7\n');
  write(`cgroup/${group}/cgroup.procs`, '4711\n4712\n');
}

function writeVersion1(group: string): void {
  write(`cgroup/cpuacct/${group}/cpuacct.usage`, '2500000000\n');
  write(`cgroup/memory/${group}/memory.usage_in_bytes`, '8000000\n');
  write(`cgroup/memory/${group}/memory.limit_in_bytes`, '268435456\n');
  write(`cgroup/memory/${group}/memory.stat`, 'cache 1\ninactive_file 9\ntotal_inactive_file 3000000\n');
  write(`cgroup/memory/${group}/cgroup.procs`, '4711\n');
  write(`cgroup/pids/${group}/pids.current`, '7\n');
}

const expected = { cpuNanoseconds: 2_500_000_000, memoryBytes: 5_000_000, memoryLimitBytes: 268_435_456, pids: 7, networkReceivedBytes: 1800, networkSentBytes: 3000 };

it.each([
  ['cgroup v2, as a unit of systemd', () => writeVersion2(`system.slice/docker-${id}.scope`)],
  ['cgroup v2, placed by the engine', () => writeVersion2(`docker/${id}`)],
  ['cgroup v1, placed by the engine', () => writeVersion1(`docker/${id}`)],
  ['cgroup v1, as a unit of systemd', () => writeVersion1(`system.slice/docker-${id}.scope`)],
])('reads %s', async (_what, prepare) => {
  prepare();
  expect(await readKernelStats(id, places)).toEqual({ ...expected, readAt: expect.stringMatching(/Z$/) as string });
});

it.each<[string, () => void, string?]>([
  ['a container that is not here', () => writeVersion2(`docker/${'b'.repeat(64)}`)],
  ['a name instead of an id', () => writeVersion2(`docker/${id}`), 'anyon-workspace-1'],
  ['a path instead of an id', () => writeVersion2('docker/x'), '../docker/x'],
  ['a container that has just ended', () => { writeVersion2(`docker/${id}`); write(`cgroup/docker/${id}/cgroup.procs`, ''); }],
  ['a process that has just ended', () => { writeVersion2(`docker/${id}`); write(`cgroup/docker/${id}/cgroup.procs`, '99\n'); }],
  ['a container without a memory limit', () => { writeVersion2(`docker/${id}`); write(`cgroup/docker/${id}/memory.max`, 'max\n'); }],
  ['a file that is missing', () => { writeVersion1(`docker/${id}`); rmSync(path.join(root, `cgroup/cpuacct/docker/${id}/cpuacct.usage`)); }],
  ['no cgroups at all', () => undefined],
])('leaves %s to the engine', async (_what, prepare, name = id) => {
  prepare();
  expect(await readKernelStats(name, places)).toBeNull();
});
