import { afterEach, describe, expect, it } from 'vitest';
import { createDockerEngine } from '@/server/containers/docker-engine';
import { judgeEngine } from '@/server/system/judge-engine';
import { answerJson, openStubDocker, type StubDocker } from '@/tests/fakes/stub-docker';

const now = Date.parse('2026-11-21T08:00:00Z');

/** What a well-kept engine answers, cut down to what is read. */
const goodVersion = {
  Version: '28.5.2',
  ApiVersion: '1.51',
  Os: 'linux',
  Arch: 'amd64',
  Components: [
    { Name: 'Engine', Version: '28.5.2', Details: {} },
    { Name: 'containerd', Version: 'v1.7.29', Details: {} },
    { Name: 'runc', Version: '1.3.3', Details: {} },
  ],
};
const goodInfo = {
  ServerVersion: '28.5.2',
  MemTotal: 8 * 1024 ** 3,
  NCPU: 4,
  Runtimes: { 'io.containerd.runc.v2': { path: 'runc' }, runc: { path: 'runc' }, runsc: { path: '/usr/local/bin/runsc' } },
  DefaultRuntime: 'runc',
  LiveRestoreEnabled: true,
  Driver: 'overlay2',
  CgroupVersion: '2',
  SecurityOptions: ['name=seccomp,profile=builtin', 'name=cgroupns'],
  Plugins: { Volume: ['local'], Log: ['awslogs', 'json-file', 'local'] },
  KernelVersion: '6.12.0',
  Warnings: null as string[] | null,
  SystemTime: '2026-11-21T08:00:00.123456789Z',
  DockerRootDir: '/var/lib/docker',
};
type Fixture = { version?: Partial<typeof goodVersion>; info?: Partial<typeof goodInfo>; runtime?: string };

let stub: StubDocker | undefined;
afterEach(() => stub?.close());

/** The checks that are not in order, as `severity name`, for an engine that answers so. */
async function complaints({ version = {}, info = {}, runtime }: Fixture): Promise<string[]> {
  stub = await openStubDocker((request, response) => answerJson(response, 200, request.url === '/version' ? { ...goodVersion, ...version } : { ...goodInfo, ...info }));
  const engine = createDockerEngine({ host: stub.host, dataDir: '/nowhere', instance: 'test' });
  const checks = judgeEngine(await engine.version(), await engine.info(), { runtime: runtime ?? null, now });
  for (const check of checks) expect(check.fix === null).toBe(check.severity === 'ok');
  return checks.filter(({ severity }) => severity !== 'ok').map(({ severity, name }) => `${severity} ${name}`);
}

const withRunc = (version: string) => ({ Components: [{ Name: 'runc', Version: version, Details: {} }] });

describe('ISO-18 the system check', () => {
  it('has nothing to say about a good engine', async () => {
    expect(await complaints({})).toEqual([]);
    expect(await complaints({ runtime: 'runsc' })).toEqual([]);
  });

  it.each<[string, Fixture, string[]]>([
    ['an engine that is too old', { version: { ApiVersion: '1.40' } }, ['failed Docker Engine']],
    ['a moby that leaks lookups', { version: { Version: '20.10.24+dfsg1' } }, ['warning Docker: CVE-2024-29018']],
    ['the same in a later line', { version: { Version: '25.0.4' } }, ['warning Docker: CVE-2024-29018']],
    ['a line that never got the fix', { version: { Version: '24.0.9' } }, ['warning Docker: CVE-2024-29018']],
    ['a runc of 2025', { version: withRunc('1.2.7') }, ['warning runc: CVE-2025-31133, CVE-2025-52565 and CVE-2025-52881']],
    ['a runc of a later line of 2025', { version: withRunc('1.3.2') }, ['warning runc: CVE-2025-31133, CVE-2025-52565 and CVE-2025-52881']],
    ['a runc of 2023', { version: withRunc('1.1.5+ds1') }, ['warning runc: CVE-2024-21626', 'warning runc: CVE-2025-31133, CVE-2025-52565 and CVE-2025-52881']],
    ['a containerd of 2024', { version: { Components: [{ Name: 'containerd', Version: '1.6.20~ds1', Details: {} }] } }, ['warning containerd: CVE-2024-25621']],
    ['a containerd of a later line', { version: { Components: [{ Name: 'containerd', Version: 'v2.1.4', Details: {} }] } }, ['warning containerd: CVE-2024-25621']],
    ['a runtime that it does not know', { runtime: 'sysbox-runc' }, ['failed Container runtime']],
    ['no live restore', { info: { LiveRestoreEnabled: false } }, ['warning Live restore']],
    ['logs that cannot be bounded', { info: { Plugins: { Volume: [], Log: ['journald'] } } }, ['failed Container logs']],
    ['no seccomp', { info: { SecurityOptions: ['name=cgroupns'] } }, ['failed System call filter']],
    ['seccomp switched off', { info: { SecurityOptions: ['name=seccomp,profile=unconfined'] } }, ['failed System call filter']],
    ['a seccomp profile of its own', { info: { SecurityOptions: ['name=seccomp,profile=/etc/docker/seccomp.json'] } }, ['warning System call filter']],
    ['shifted user ids', { info: { SecurityOptions: ['name=seccomp,profile=builtin', 'name=userns'] } }, ['failed User namespaces']],
    ['no root', { info: { SecurityOptions: ['name=seccomp,profile=builtin', 'name=rootless'] } }, ['warning Rootless Docker']],
    ['no memory limits', { info: { Warnings: ['WARNING: No memory limit support'] } }, ['failed Memory limits']],
    ['no process limits', { info: { Warnings: ['WARNING: No pids limit support', 'WARNING: No cpu cfs quota support'] } }, ['failed CPU and process limits']],
    ['no swap limits', { info: { Warnings: ['WARNING: No swap limit support'] } }, ['warning Swap limits']],
    ['rules that do not see bridges', { info: { Warnings: ['WARNING: bridge-nf-call-iptables is disabled', 'WARNING: bridge-nf-call-ip6tables is disabled'] } }, ['warning Firewall between containers']],
    ['an open port', { info: { Warnings: ['WARNING: API is accessible on http://0.0.0.0:2375 without encryption.\n         Access to the remote API is equivalent to root access on the host.'] } }, ['failed Docker over the network']],
    ['a clock that is off', { info: { SystemTime: '2026-11-21T08:01:00Z' } }, ['warning Clock']],
  ])('has exactly its own complaint about %s', async (_what, fixture, expected) => {
    expect(await complaints(fixture)).toEqual(expected);
  });

  it.each([['1.2.8'], ['1.3.3'], ['1.4.0'], ['1.4.0-rc.3'], ['1.5.1'], ['2.0.0'], ['unknown'], ['']])('takes runc %s for good', async (version) => {
    expect(await complaints({ version: withRunc(version) })).toEqual([]);
  });

  it.each([['23.0.11'], ['25.0.5'], ['26.0.0'], ['29.1.0'], ['dev']])('takes Docker %s for good', async (version) => {
    expect(await complaints({ version: { Version: version } })).toEqual([]);
  });
});
