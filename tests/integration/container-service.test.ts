import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { wasSignaled } from '@/contract/container-exit';
import { createDockerEngine } from '@/server/containers/docker-engine';
import { createDockerClient } from '@/server/containers/docker-client';
import { findDockerAddress } from '@/server/containers/docker-address';
import { readEngineStats } from '@/server/containers/docker-stats';
import { readKernelStats } from '@/server/containers/kernel-stats';
import { openFilesCeiling } from '@/server/containers/open-files-ceiling';
import type { LogFrame } from '@/server/containers/engine';
import { openStubDocker } from '@/tests/fakes/stub-docker';
import { claudeImage, openEngineFixture, type EngineFixture } from '@/tests/setup/engine-fixture';
import { limitsInForce } from '@/tests/setup/limits-in-force';

let fixture: EngineFixture;
beforeAll(async () => {
  fixture = await openEngineFixture();
});
afterAll(() => fixture.close());

async function start(overrides: Parameters<EngineFixture['spec']>[0] = {}): Promise<string> {
  const id = await fixture.engine.createContainer(fixture.spec(overrides));
  await fixture.engine.startContainer(id);
  return id;
}

async function readLog(id: string): Promise<Record<LogFrame['stream'], string>> {
  const text = { stdout: '', stderr: '', console: '' };
  for await (const frame of fixture.engine.streamLogs(id, { follow: true })) text[frame.stream] += frame.data.toString();
  return text;
}

const sh = (script: string) => ['sh', '-c', script];

describe('the five proofs', () => {
  it('the version answers', async () => {
    expect(await fixture.engine.version()).toEqual({ version: expect.stringMatching(/^\d+\.\d+/) as string, apiVersion: expect.stringMatching(/^1\.\d+$/) as string, os: 'linux', arch: expect.stringMatching(/^(amd64|arm64)$/) as string, components: expect.objectContaining({ runc: expect.stringMatching(/^\d+\.\d+/) as string }) as object });
  });

  it('what a container says is in its log, standard output and error told apart', async () => {
    const id = await start({ command: sh('echo hello; echo trouble >&2; echo world') });
    expect(await readLog(id)).toEqual({ stdout: 'hello\nworld\n', stderr: 'trouble\n', console: '' });
    expect(await fixture.engine.waitForExit(id)).toMatchObject({ exitCode: 0, error: null });
  });

  it('the Claude image reports its version', async () => {
    const id = await start({ command: ['claude', '--version'] });
    expect((await readLog(id)).stdout).toMatch(/^\d+\.\d+\.\d+ \(Claude Code\)\n$/);
    expect(await fixture.engine.waitForExit(id)).toMatchObject({ exitCode: 0 });
  });

  it('a log is followed live until a forced end, which is known by its signal', async () => {
    const id = await start({ command: sh('i=0; while :; do i=$((i+1)); echo line $i; sleep 0.05; done') });
    let text = '';
    let killed = false;
    for await (const frame of fixture.engine.streamLogs(id, { follow: true })) {
      text += frame.data.toString();
      if (killed || !text.includes('line 5\n')) continue;
      killed = true;
      await fixture.engine.killContainer(id, 'SIGKILL');
    }
    expect(text).toMatch(/^line 1\nline 2\nline 3\nline 4\nline 5\n/);
    expect(text.length).toBeLessThan(200);
    const exit = await fixture.engine.waitForExit(id);
    expect(exit).toMatchObject({ exitCode: 137, signal: 'SIGKILL', oomKilled: false });
    expect(wasSignaled(exit)).toBe(true);
  });

  it('limits are in force, by inspect and in the kernel', async () => {
    const limits = { memoryBytes: 128 * 1024 * 1024, cpus: 0.25, pids: 32 };
    const id = await start({ limits });
    expect((await fixture.engine.inspectContainer(id))?.limits).toEqual(limits);
    expect(await limitsInForce(fixture.engine, id)).toEqual({ memory: 134_217_728, cpus: 0.25, pids: 32 });
  });
});

describe('a container', () => {
  it('that has a terminal speaks in one stream, the console', async () => {
    const id = await start({ tty: true, command: sh('echo out; echo err >&2') });
    expect(await readLog(id)).toEqual({ stdout: '', stderr: '', console: 'out\r\nerr\r\n' });
  });

  it('that ends by itself in the grace period is not killed', async () => {
    const id = await start({ command: sh('trap "echo bye; exit 7" TERM; echo ready; while :; do sleep 0.05; done') });
    await untilLogged(id, 'ready');
    await fixture.engine.stopContainer(id, { graceSeconds: 10 });
    expect(await fixture.engine.waitForExit(id)).toMatchObject({ exitCode: 7, signal: null });
    expect((await readLog(id)).stdout).toContain('bye');
  });

  it('that does not is killed after it', async () => {
    const id = await start({ command: sh('trap "" TERM; echo ready; while :; do sleep 0.05; done') });
    await untilLogged(id, 'ready');
    const begun = Date.now();
    await fixture.engine.stopContainer(id, { graceSeconds: 1 });
    expect(Date.now() - begun).toBeGreaterThan(900);
    expect(await fixture.engine.waitForExit(id)).toMatchObject({ exitCode: 137, signal: 'SIGKILL' });
  });

  it('that runs out of memory says so, although its exit code alone could be anything', async () => {
    const id = await start({ limits: { memoryBytes: 64 * 1024 * 1024, cpus: 0.5, pids: 32 }, command: ['node', '-e', 'const hold = []; for (;;) hold.push(Buffer.alloc(4 << 20, 1));'] });
    expect(await fixture.engine.waitForExit(id)).toMatchObject({ oomKilled: true });
  });

  it('that is not waited for any longer does not hold anybody', async () => {
    const id = await start();
    const controller = new AbortController();
    setTimeout(() => controller.abort(new Error('enough')), 100);
    await expect(fixture.engine.waitForExit(id, controller.signal)).rejects.toThrow('enough');
    expect((await fixture.engine.inspectContainer(id))?.status).toBe('running');
  });

  it('shares a workspace folder with the host, both ways', async () => {
    await writeFile(path.join(fixture.files, 'from-host'), 'hello container');
    const id = await start({ mounts: [{ source: fixture.files, target: '/workspace' }, { source: fixture.exchange, target: '/anyon/exchange', readOnly: true }] });
    const result = await fixture.engine.exec(id, { argv: sh('cat from-host; echo hello host > from-container; echo x > /anyon/exchange/y'), cwd: '/workspace' });
    expect(result.stdout.toString()).toBe('hello container');
    expect(result.stderr.toString()).toMatch(/Read-only file system/);
    expect(await readFile(path.join(fixture.files, 'from-container'), 'utf8')).toBe('hello host\n');
  });

  it('is told the names of hosts', async () => {
    const id = await start({ hosts: { simulator: '172.17.0.1' } });
    expect((await fixture.engine.exec(id, { argv: ['getent', 'hosts', 'simulator'] })).stdout.toString()).toMatch(/^172\.17\.0\.1\s+simulator/);
  });

  it('that is removed by two at once is gone for both', async () => {
    const id = await start();
    await Promise.all([fixture.engine.removeContainer(id), fixture.engine.removeContainer(id)]);
    expect(await fixture.engine.inspectContainer(id)).toBeNull();
  });
});

describe('ISO-16 open files', () => {
  it('are limited as the spec says', async () => {
    const id = await start({ openFiles: 2048 });
    expect((await fixture.engine.exec(id, { argv: sh('ulimit -n; ulimit -Hn') })).stdout.toString()).toBe('2048\n2048\n');
    await fixture.engine.removeContainer(id);
  });

  it('above what the engine of this host can give are refused before anything is made, with the figure and the setting', async () => {
    const ceiling = await openFilesCeiling();
    if (ceiling === null) throw new Error('The engine of this machine is not to be seen.');
    const wanted = 1_048_576;
    if (ceiling >= wanted) return expect(await start({ openFiles: wanted })).toMatch(/^[0-9a-f]{64}$/); // this host allows the most there is
    const before = await fixture.engine.listContainers(fixture.labels);
    await expect(fixture.engine.createContainer(fixture.spec({ openFiles: wanted }))).rejects.toMatchObject({
      kind: 'precondition',
      message: expect.stringMatching(new RegExp(`1048576 open files.*at most ${ceiling}\\. Set ANYON_OPEN_FILES.*LimitNOFILE`)) as string,
    });
    expect(await fixture.engine.listContainers(fixture.labels)).toHaveLength(before.length);
    const id = await start({ openFiles: ceiling }); // the figure is right
    expect((await fixture.engine.exec(id, { argv: sh('ulimit -n') })).stdout.toString()).toBe(`${ceiling}\n`);
    await fixture.engine.removeContainer(id);
  });
});

describe('limits that are changed while a container runs', () => {
  it('hold at once, in the kernel', async () => {
    const id = await start({ limits: { memoryBytes: 256 * 1024 * 1024, cpus: 1, pids: 64 } });
    for (const limits of [{ memoryBytes: 512 * 1024 * 1024, cpus: 1.5, pids: 128 }, { memoryBytes: 128 * 1024 * 1024, cpus: 0.25, pids: 32 }]) {
      await fixture.engine.updateLimits(id, limits);
      expect(await limitsInForce(fixture.engine, id)).toEqual({ memory: limits.memoryBytes, cpus: limits.cpus, pids: limits.pids });
    }
    await fixture.engine.removeContainer(id);
  });

  it('are refused when it uses more memory than that, and nothing in it is killed', async () => {
    const id = await start({ command: ['node', '-e', 'const hold = Buffer.alloc(150 << 20, 1); console.log("held"); setInterval(() => hold.length, 1000)'], limits: { memoryBytes: 512 * 1024 * 1024, cpus: 1, pids: 64 } });
    await untilLogged(id, 'held');
    await expect(fixture.engine.updateLimits(id, { memoryBytes: 64 * 1024 * 1024, cpus: 1, pids: 64 })).rejects.toMatchObject({ kind: 'precondition', message: expect.stringMatching(/to 64 MiB: it uses 1\d\d MiB now/) as string });
    expect(await fixture.engine.inspectContainer(id)).toMatchObject({ status: 'running', limits: { memoryBytes: 512 * 1024 * 1024 } });
    await fixture.engine.removeContainer(id);
  });
});

describe('a command in a container', () => {
  it('gets its arguments, folder, user and variables as they are', async () => {
    const id = await start();
    const argv = ['node', '-e', 'console.log(JSON.stringify([process.argv.slice(1), process.cwd(), process.getuid(), process.env.A]))', '$(id)', 'a b', '"', "'", '', 'ü\n'];
    const { stdout } = await fixture.engine.exec(id, { argv, cwd: '/tmp', env: { A: 'x=y $HOME' }, user: '1001:1001' });
    expect(JSON.parse(stdout.toString())).toEqual([['$(id)', 'a b', '"', "'", '', 'ü\n'], '/tmp', 1001, 'x=y $HOME']);
  });

  it('that says a lot is read to its end, of which the beginning is kept', async () => {
    const id = await start();
    const result = await fixture.engine.exec(id, { argv: sh('head -c 20000000 /dev/zero; head -c 3000000 /dev/zero >&2; exit 5'), maxOutputBytes: 2_000_000 });
    expect([result.exitCode, result.stdout.length, result.stderr.length, result.truncated]).toEqual([5, 2_000_000, 2_000_000, true]);
  });

  it('keeps bytes that are no text', async () => {
    const id = await start();
    const { stdout } = await fixture.engine.exec(id, { argv: ['printf', '\\000\\377\\376\\303'] });
    expect(stdout).toEqual(Buffer.from([0, 255, 254, 195]));
  });

  it('that was started detached goes on when the one who started it is gone, and writes where it was told', async () => {
    const id = await start({ mounts: [{ source: fixture.files, target: '/workspace' }] });
    await createDockerEngine({ dataDir: fixture.dataDir, instance: fixture.instance }).execDetached(id, { argv: sh('sleep 0.5; echo done > /workspace/detached'), user: '1000:1000' });
    await until(() => existsSync(path.join(fixture.files, 'detached')));
  });
});

describe('resource use', () => {
  it('is the same from the kernel as from the engine', async () => {
    const id = await start({ command: ['node', '-e', 'const hold = Buffer.alloc(40 << 20, 1); console.log("held"); setInterval(() => hold.length, 1000)'] });
    await untilLogged(id, 'held');
    const client = createDockerClient(findDockerAddress(undefined));
    const kernel = await readKernelStats(id);
    const engine = await readEngineStats(client, id);
    expect(kernel).toMatchObject({ memoryLimitBytes: engine.memoryLimitBytes, pids: engine.pids });
    expect(Math.abs((kernel?.memoryBytes ?? 0) - engine.memoryBytes)).toBeLessThan(4 * 1024 * 1024);
    expect(Math.abs((kernel?.cpuNanoseconds ?? 0) - engine.cpuNanoseconds)).toBeLessThan(1e9);
    expect(Math.abs((kernel?.networkReceivedBytes ?? 0) - engine.networkReceivedBytes)).toBeLessThan(5_000);
    const begun = performance.now();
    for (let time = 0; time < 20; time += 1) await fixture.engine.readStats(id);
    expect((performance.now() - begun) / 20).toBeLessThan(50);
    await fixture.engine.removeContainer(id);
  });

  it('ISO-09 tells what a container has written into its own file system, and not what into its mounts', async () => {
    const id = await start({ mounts: [{ source: fixture.files, target: '/workspace' }] });
    const before = (await fixture.engine.readOwnFilesBytes(id)) ?? -1;
    await fixture.engine.exec(id, { argv: sh('head -c 3000000 /dev/zero > /var/tmp/own; head -c 9000000 /dev/zero > /workspace/mounted') });
    const written = ((await fixture.engine.readOwnFilesBytes(id)) ?? -1) - before;
    expect(written).toBeGreaterThanOrEqual(3_000_000);
    expect(written).toBeLessThan(4_000_000);
    await fixture.engine.removeContainer(id);
  });

  it('shows a busy core and the memory of the container', async () => {
    const id = await start({ limits: { memoryBytes: 256 * 1024 * 1024, cpus: 0.5, pids: 64 }, command: sh('while :; do :; done') });
    await sleep(500);
    const begun = Date.now();
    const first = await fixture.engine.readStats(id);
    expect(Date.now() - begun).toBeLessThan(900); // the engine did not wait for a second reading
    await sleep(1000);
    const stats = await fixture.engine.readStats(id);
    const cpus = (stats.cpuNanoseconds - first.cpuNanoseconds) / ((Date.parse(stats.readAt) - Date.parse(first.readAt)) * 1e6);
    expect(cpus).toBeGreaterThan(0.05);
    expect(cpus).toBeLessThan(0.9);
    expect(stats.memoryBytes).toBeGreaterThan(0);
    expect(stats.memoryBytes).toBeLessThan(stats.memoryLimitBytes);
    await fixture.engine.removeContainer(id);
  });
});

describe('an engine that cannot be used', () => {
  it('because it is not there, is named with what to do', async () => {
    const engine = createDockerEngine({ host: `unix://${os.tmpdir()}/anyon-no-docker.sock` });
    await expect(engine.version()).rejects.toMatchObject({ kind: 'unavailable', message: expect.stringMatching(/^Failed to fetch Docker version: .*no Docker socket.*Start Docker/) as string });
    await expect(engine.listContainers({})).rejects.toMatchObject({ kind: 'unavailable' });
    await expect(engine.streamEvents({}, new AbortController().signal)[Symbol.asyncIterator]().next()).rejects.toMatchObject({ kind: 'unavailable' });
  });

  it('because it accepts and never answers, is given up', async () => {
    const stub = await openStubDocker(() => undefined);
    const begun = Date.now();
    await expect(createDockerEngine({ host: stub.host }).version()).rejects.toMatchObject({ kind: 'unavailable', message: expect.stringMatching(/^Failed to fetch Docker version: .*did not answer within 15 s/) as string });
    expect(Date.now() - begun).toBeLessThan(20_000);
    await stub.close();
  });

  it('because something else answers in its place, is named', async () => {
    const stub = await openStubDocker((_request, response) => response.writeHead(200).end('<html>'));
    await expect(createDockerEngine({ host: stub.host }).version()).rejects.toMatchObject({ kind: 'unavailable', message: expect.stringMatching(/^Failed to fetch Docker version: .*not valid JSON/) as string });
    await stub.close();
  });
});

it('ISO-17 an image that is not here and comes from no registry is refused within 5 s with the build command, and nothing is left behind', async () => {
  const begun = performance.now();
  await expect(fixture.engine.ensureImage('anyon-absent:latest', { pull: 'never' })).rejects.toMatchObject({ kind: 'precondition', message: expect.stringMatching(/npm run images/) as string });
  const before = await fixture.engine.listContainers(fixture.labels);
  await expect(fixture.engine.createContainer(fixture.spec({ image: 'anyon-absent:latest' }))).rejects.toMatchObject({ kind: 'precondition' });
  expect((await fixture.engine.listContainers(fixture.labels)).length).toBe(before.length);
  expect(performance.now() - begun).toBeLessThan(5_000);
  expect((await fixture.engine.ensureImage(claudeImage)).id).toMatch(/^sha256:/);
});

async function untilLogged(id: string, text: string): Promise<void> {
  for await (const frame of fixture.engine.streamLogs(id, { follow: true })) if (frame.data.includes(text)) return;
  throw new Error(`The container ended without saying "${text}".`);
}

async function until(condition: () => boolean): Promise<void> {
  for (let time = 0; !condition(); time += 1) {
    if (time > 100) throw new Error('It did not happen within 10 s.');
    await sleep(100);
  }
}
