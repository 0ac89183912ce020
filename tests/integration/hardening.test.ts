import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openEngineFixture, type EngineFixture } from '@/tests/setup/engine-fixture';

/** The profile as the kernel enforces it, asked from inside. */
let fixture: EngineFixture;
let container = '';
beforeAll(async () => {
  fixture = await openEngineFixture();
  container = await start();
});
afterAll(() => fixture.close());

async function start(): Promise<string> {
  const id = await fixture.engine.createContainer(fixture.spec({ mounts: [{ source: fixture.files, target: '/workspace' }] }));
  await fixture.engine.startContainer(id);
  return id;
}

async function inside(script: string, user?: string): Promise<{ exitCode: number; output: string }> {
  const result = await fixture.engine.exec(container, { argv: ['sh', '-c', script], ...(user && { user }) });
  return { exitCode: result.exitCode, output: `${result.stdout.toString()}${result.stderr.toString()}`.trim() };
}

describe.each([
  ['the main process', '/proc/1/status'],
  ['a command', '/proc/self/status'],
])('ISO-02 %s', (_what, status) => {
  it('has no capabilities, can gain no privileges and is under seccomp', async () => {
    const { output } = await inside(`cat ${status}`);
    const field = (name: string) => new RegExp(`^${name}:\\s*(\\S+)`, 'm').exec(output)?.[1];
    const none = '0000000000000000';
    expect({ effective: field('CapEff'), permitted: field('CapPrm'), bounding: field('CapBnd'), inheritable: field('CapInh'), ambient: field('CapAmb') }).toEqual({ effective: none, permitted: none, bounding: none, inheritable: none, ambient: none });
    expect({ noNewPrivileges: field('NoNewPrivs'), seccomp: field('Seccomp') }).toEqual({ noNewPrivileges: '1', seccomp: '2' });
    expect(field('Uid')).toBe('1000');
  });
});

describe('ISO-02 from inside', () => {
  it.each([
    ['mounting', 'mount -t tmpfs none /mnt'],
    ['a new user namespace', 'unshare -U true'],
    ['a new mount namespace', 'unshare -m true'],
    ['changing the clock', 'date -s 2000-01-01'],
    ['changing a kernel setting', 'echo 1 > /proc/sys/kernel/core_pattern'],
    ['writing to /etc', 'touch /etc/x'],
    ['making a device', 'mknod /tmp/disk b 8 0'],
    ['reading kernel memory', 'cat /proc/kcore'],
    ['a raw socket', `perl -MSocket -e 'socket(my $s, AF_INET, SOCK_RAW, 1) or exit 1'`],
    ['becoming root', 'su -c true root </dev/null'],
    ['giving a file to root', 'touch /tmp/f && chown 0 /tmp/f'],
  ])('%s is refused', async (_what, script) => {
    expect((await inside(script)).exitCode).not.toBe(0);
  });

  it('there is no program that would run as its owner', async () => {
    expect((await inside('find / -xdev -type f -perm /6000 2>/dev/null')).output).toBe('');
  });

  it('no file with the bit set makes anybody another user', async () => {
    const { output } = await inside('cp /usr/bin/id /tmp/id && chmod 6755 /tmp/id && /tmp/id -u', '1001:1001');
    expect(output).toBe('1001');
  });

  it('/tmp is its own, of limited size, and programs run from it', async () => {
    const { output } = await inside('printf "#!/bin/sh\\necho ran\\n" > /tmp/program && chmod +x /tmp/program && /tmp/program; grep " /tmp " /proc/mounts');
    expect(output).toMatch(/^ran\ntmpfs \/tmp tmpfs rw,nosuid,nodev,relatime,size=131072k/);
  });

  it('nothing of the host is mounted but the workspace', async () => {
    const { output } = await inside('cut -d" " -f2,3 /proc/mounts; ls -la /var/run /run 2>/dev/null | grep -c sock');
    const mounts = output.split('\n').filter((line) => line.includes(' '));
    const onDisk = mounts.filter((line) => !/ (overlay|proc|tmpfs|devpts|sysfs|cgroup2?|mqueue)$/.test(line)).map((line) => line.split(' ')[0]);
    expect(onDisk.sort()).toEqual(['/etc/hostname', '/etc/hosts', '/etc/resolv.conf', '/workspace']);
    expect(output).toMatch(/\n0$/);
  });

  it('ISO-16 at most so many files can be open, and no core file is written', async () => {
    expect((await inside('ulimit -n; ulimit -Hn; ulimit -Hc')).output).toBe('16384\n16384\n0');
  });

  it('ISO-08 a fork bomb ends at the limit, and the container still answers', async () => {
    const { output } = await inside('i=0; while [ $i -lt 200 ]; do sleep 2 & i=$((i+1)); done 2>&1 | tail -1');
    expect(output).toMatch(/[Cc]annot fork|Resource temporarily unavailable/);
    await new Promise((resolve) => setTimeout(resolve, 2500));
    expect((await inside('echo well')).output).toBe('well');
  });

  it('ISO-19 commands never run as root, attached or detached, whatever user is asked for', async () => {
    for (const user of ['0', '0:0', 'root', '1000:0', '', '00', '4294967296']) {
      await expect(inside('id', user || ' ')).rejects.toMatchObject({ kind: 'invalid' });
      await expect(fixture.engine.execDetached(container, { argv: ['id'], user: user || ' ' })).rejects.toMatchObject({ kind: 'invalid' });
    }
    expect((await inside('id -u; id -g')).output).toBe('1000\n1000');
    await fixture.engine.execDetached(container, { argv: ['sh', '-c', 'id -u > /workspace/who'] });
    expect(await until(async () => (await inside('cat /workspace/who')).output === '1000')).toBe(true);
  });
});

describe('ISO-08 one container that takes all it can', () => {
  const most = { memoryBytes: 128 * 1024 * 1024, cpus: 0.5, pids: 64 };
  const greed: ReadonlyArray<[string, string[], (ending: { exitCode: number; output: string }) => void]> = [
    ['memory', ['node', '-e', 'const hold = []; for (;;) hold.push(Buffer.alloc(4 << 20, 1));'], ({ exitCode }) => expect(exitCode).toBe(137)],
    ['processes', ['sh', '-c', 'i=0; while [ $i -lt 10000 ]; do sleep 3 & i=$((i+1)); done'], ({ output }) => expect(output).toMatch(/[Cc]annot fork|Resource temporarily unavailable/)],
    ['processors', ['sh', '-c', 'for i in 1 2 3 4; do timeout 4 sh -c "while :; do :; done" & done; wait; echo ended'], ({ output }) => expect(output).toMatch(/ended/)],
    ['open files', ['node', '-e', 'const fs = require("fs"); try { for (;;) fs.openSync("/dev/null"); } catch (error) { console.log(error.code); }'], ({ output }) => expect(output).toMatch(/EMFILE/)],
  ];

  it.each(greed)('of %s fails with its own reason, and neither its neighbour nor the engine suffers', async (_what, argv, judge) => {
    const greedy = await fixture.engine.createContainer(fixture.spec({ limits: most }));
    await fixture.engine.startContainer(greedy);
    const idle = await engineCalls(20);
    let ended = false;
    const ending = fixture.engine.exec(greedy, { argv, timeoutMs: 60_000 }).finally(() => (ended = true));
    const busy: number[] = [];
    while (!ended || busy.length < 20) busy.push(...(await engineCalls(5)));
    const result = await ending;
    judge({ exitCode: result.exitCode, output: `${result.stdout.toString()}${result.stderr.toString()}` });
    expect(percentile95(busy)).toBeLessThanOrEqual(Math.max(2 * percentile95(idle), 500));
    expect((await inside('echo well')).output).toBe('well'); // the neighbour
    expect((await fixture.engine.inspectContainer(greedy))?.status).toBe('running'); // its main process only sleeps
    await fixture.engine.removeContainer(greedy);
  });

  /** Milliseconds of calls about the neighbour, one after the other. */
  async function engineCalls(times: number): Promise<number[]> {
    const taken: number[] = [];
    for (let time = 0; time < times; time += 1) {
      const begun = performance.now();
      await fixture.engine.inspectContainer(container);
      taken.push(performance.now() - begun);
    }
    return taken;
  }

  function percentile95(values: number[]): number {
    return values.toSorted((one, other) => one - other)[Math.floor(values.length * 0.95)] ?? 0;
  }
});

describe('two containers of one network', () => {
  it('ISO-03 cannot reach each other, by address or by name', async () => {
    const other = await fixture.engine.createContainer(fixture.spec());
    await fixture.engine.startContainer(other);
    const name = (await fixture.engine.inspectContainer(other))?.name ?? '';
    const listen = 'require("net").createServer((socket) => socket.on("error", () => {}).end("open")).listen(8080, "0.0.0.0")';
    await fixture.engine.execDetached(other, { argv: ['node', '-e', listen] });
    const address = (await fixture.engine.exec(other, { argv: ['hostname', '-i'] })).stdout.toString().trim();
    // 0 connected, 9 no answer at all; a refusal (8) would mean that the packet arrived.
    const connect = (host: string) => `node -e 'const s = require("net").connect({ host: "${host}", port: 8080, timeout: 1500 }, () => process.exit(0)); s.on("timeout", () => process.exit(9)); s.on("error", () => process.exit(8));'`;
    const reachesItself = async () => (await fixture.engine.exec(other, { argv: ['sh', '-c', connect(address)] })).exitCode === 0;

    expect(await until(reachesItself)).toBe(true);
    expect((await inside(connect(address))).exitCode).toBe(9);
    expect((await inside(connect(name))).exitCode).toBe(9);
    expect(await reachesItself()).toBe(true);
  });
});

async function until(condition: () => Promise<boolean>): Promise<boolean> {
  for (let time = 0; time < 50; time += 1) {
    if (await condition()) return true;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return false;
}
