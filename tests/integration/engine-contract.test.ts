import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { containerExitSchema, succeeded, wasSignaled } from '@/contract/container-exit';
import type { LogFrame } from '@/server/containers/engine';
import { engines, startedContainer } from '@/tests/setup/both-engines';
import type { EngineFixture } from '@/tests/setup/engine-fixture';

/** One contract for both engines: what a test with the fake relies on is what Docker does. The other half: engine-contract-surroundings.test.ts. */
describe.each(engines)('a container in $name', ({ open }) => {
  let fixture: EngineFixture;
  beforeAll(async () => {
    fixture = await open();
  });
  afterAll(() => fixture.close());

  const running = (command?: string[]): Promise<string> => startedContainer(fixture, command);

  it('leads a container from creation to removal', async () => {
    const { engine } = fixture;
    const spec = fixture.spec({ labels: { ...fixture.labels, 'anyon.workspace': 'w1' } });
    const id = await engine.createContainer(spec);
    const common = { id, name: spec.name, image: spec.image, labels: expect.objectContaining(spec.labels) as object, limits: spec.limits };
    expect(await engine.inspectContainer(id)).toMatchObject({ ...common, status: 'created', startedAt: null, exit: null });

    await engine.startContainer(id);
    await engine.startContainer(id);
    expect(await engine.inspectContainer(spec.name)).toMatchObject({ ...common, status: 'running', startedAt: expect.any(String) as string, exit: null, network: fixture.network, address: expect.stringMatching(/^\d+\.\d+\.\d+\.\d+$/) as string, attachedNetworks: [fixture.network], runtime: 'runc' });

    await engine.restartContainer(id, { graceSeconds: 1 });
    expect(await engine.inspectContainer(id)).toMatchObject({ status: 'running' });

    await engine.stopContainer(id, { graceSeconds: 1 });
    await engine.stopContainer(id, { graceSeconds: 1 });
    const stopped = await engine.inspectContainer(id);
    expect(stopped).toMatchObject({ ...common, status: 'exited', network: fixture.network, address: null, exit: { exitCode: 143, signal: 'SIGTERM', oomKilled: false, error: null } });
    expect(containerExitSchema.parse(await engine.waitForExit(id))).toEqual(stopped?.exit);

    await engine.removeContainer(id);
    await engine.removeContainer(id);
    expect(await engine.inspectContainer(id)).toBeNull();
  });

  it('kills at once, and says which signal it was', async () => {
    const id = await running();
    const waiting = fixture.engine.waitForExit(id);
    await fixture.engine.killContainer(id, 'SIGKILL');
    const exit = await waiting;
    expect(exit).toMatchObject({ exitCode: 137, signal: 'SIGKILL', error: null, finishedAt: expect.any(String) as string });
    expect([succeeded(exit), wasSignaled(exit)]).toEqual([false, true]);
    await expect(fixture.engine.killContainer(id, 'SIGKILL')).rejects.toMatchObject({ kind: 'precondition' });
  });

  it.each([
    ['true', 0, true],
    ['false', 1, false],
  ])('gives the exit code of %s', async (program, exitCode, success) => {
    const exit = await fixture.engine.waitForExit(await running([program]));
    expect(exit).toMatchObject({ exitCode, signal: null, oomKilled: false, error: null });
    expect(succeeded(exit)).toBe(success);
  });

  it('keeps the log of a container, followed or not', async () => {
    const id = await running(['echo', 'hello', 'log']);
    await fixture.engine.waitForExit(id);
    for (const follow of [true, false]) {
      const frames: LogFrame[] = [];
      for await (const frame of fixture.engine.streamLogs(id, { follow })) frames.push(frame);
      expect(new Set(frames.map((frame) => frame.stream))).toEqual(new Set(['stdout']));
      expect(Buffer.concat(frames.map((frame) => frame.data)).toString()).toBe('hello log\n');
    }
  });

  it('ends a followed log quietly when its reader aborts', async () => {
    const id = await running();
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 200);
    const frames: LogFrame[] = [];
    for await (const frame of fixture.engine.streamLogs(id, { follow: true }, controller.signal)) frames.push(frame);
    expect(frames).toEqual([]);
    await fixture.engine.removeContainer(id);
  });

  it('lists by label what is its own, running or not, and nothing else', async () => {
    const label = { ...fixture.labels, 'anyon.test': 'list' };
    const first = await fixture.engine.createContainer(fixture.spec({ labels: label }));
    const second = await fixture.engine.createContainer(fixture.spec({ labels: label, command: ['true'] }));
    await fixture.engine.startContainer(second);
    await fixture.engine.waitForExit(second);
    const listed = await fixture.engine.listContainers(label);
    expect(new Map(listed.map((container) => [container.id, container.status]))).toEqual(new Map([[first, 'created'], [second, 'exited']]));
    expect(await fixture.engine.listContainers({ 'anyon.instance': 'somebody-else', 'anyon.test': 'list' })).toEqual([]);
  });

  it('runs a command in a container and gives output and exit code', async () => {
    const id = await running();
    expect(await fixture.engine.exec(id, { argv: ['echo', 'a  b', '$HOME'] })).toEqual({ exitCode: 0, stdout: Buffer.from('a  b $HOME\n'), stderr: Buffer.alloc(0), truncated: false });
    expect(await fixture.engine.exec(id, { argv: ['false'] })).toMatchObject({ exitCode: 1 });
    expect(await fixture.engine.exec(id, { argv: ['echo', 'abcdef'], maxOutputBytes: 3 })).toMatchObject({ stdout: Buffer.from('abc'), truncated: true });
    expect([126, 127]).toContain((await fixture.engine.exec(id, { argv: ['no-such-program'] })).exitCode);
    await expect(fixture.engine.exec(id, { argv: ['sleep', '5'], timeoutMs: 300 })).rejects.toMatchObject({ kind: 'unavailable' });
    await fixture.engine.execDetached(id, { argv: ['sleep', '1'] });
    const terminal = await fixture.engine.openTerminal(id, { argv: ['echo', 'on a terminal'] });
    let shown = '';
    for await (const chunk of terminal.output()) shown += chunk.toString();
    expect(shown).toBe('on a terminal\r\n');
    await expect.poll(() => terminal.exitCode()).toBe(0);
    const [ending, endless] = [new AbortController(), await fixture.engine.openTerminal(id, { argv: ['sleep', '60'] })];
    expect(await endless.exitCode()).toBeNull();
    endless.close();
    const aborted = await fixture.engine.openTerminal(id, { argv: ['sleep', '60'] }, ending.signal);
    ending.abort();
    for (const one of [endless, aborted]) for await (const _ of one.output()) throw new Error('Nobody wrote anything.');
    await fixture.engine.removeContainer(id);
  });

  it('reads what a container uses', async () => {
    const id = await running();
    const stats = await fixture.engine.readStats(id);
    expect(stats).toMatchObject({ memoryLimitBytes: 256 * 1024 * 1024, readAt: expect.stringMatching(/Z$/) as string });
    expect(stats.memoryBytes).toBeGreaterThan(0);
    expect(stats.pids).toBeGreaterThan(0);
    const again = await fixture.engine.readStats(id);
    expect(again.cpuNanoseconds).toBeGreaterThanOrEqual(stats.cpuNanoseconds);
    expect(Date.parse(again.readAt)).toBeGreaterThanOrEqual(Date.parse(stats.readAt));
    await fixture.engine.removeContainer(id);
  });

  it('measures what a container has written beside its mounts', async () => {
    const id = await running();
    expect(await fixture.engine.readOwnFilesBytes(id)).toBeGreaterThanOrEqual(0);
    await fixture.engine.removeContainer(id);
    expect(await fixture.engine.readOwnFilesBytes(id)).toBeNull();
  });

  it('changes the limits of a container, running or not, and refuses what are none', async () => {
    const created = await fixture.engine.createContainer(fixture.spec());
    const started = await running();
    for (const id of [created, started]) {
      for (const limits of [{ memoryBytes: 384 * 1024 * 1024, cpus: 1, pids: 80 }, { memoryBytes: 192 * 1024 * 1024, cpus: 0.25, pids: 40 }]) {
        await fixture.engine.updateLimits(id, limits);
        expect((await fixture.engine.inspectContainer(id))?.limits).toEqual(limits);
      }
      for (const bad of [{ memoryBytes: 0 }, { cpus: -1 }, { pids: 0 }]) {
        await expect(fixture.engine.updateLimits(id, { memoryBytes: 192 * 1024 * 1024, cpus: 1, pids: 80, ...bad })).rejects.toMatchObject({ kind: 'invalid' });
      }
      await fixture.engine.removeContainer(id);
    }
    await expect(fixture.engine.updateLimits('anyon-no-such-container', fixture.spec().limits)).rejects.toMatchObject({ kind: 'not_found' });
  });

  it('ISO-15 makes a container with the runtime that was asked for, or none', async () => {
    const id = await fixture.engine.createContainer(fixture.spec({ runtime: 'runc' }));
    expect(await fixture.engine.inspectContainer(id)).toMatchObject({ runtime: 'runc' });
    const before = await fixture.engine.listContainers(fixture.labels);
    const attempt = fixture.engine.createContainer(fixture.spec({ runtime: 'anyon-no-such-runtime' }));
    await expect(attempt).rejects.toMatchObject({ kind: 'precondition', message: expect.stringMatching(/"anyon-no-such-runtime".*daemon\.json.*ANYON_CONTAINER_RUNTIME/) as string });
    expect(await fixture.engine.listContainers(fixture.labels)).toHaveLength(before.length);
    await fixture.engine.removeContainer(id);
  });

  it('names what is absent, taken or not running', async () => {
    const { engine } = fixture;
    const spec = fixture.spec();
    const id = await engine.createContainer(spec);
    await expect(engine.createContainer(spec)).rejects.toMatchObject({ kind: 'conflict' });
    await expect(engine.createContainer(fixture.spec({ image: 'anyon-absent:latest' }))).rejects.toMatchObject({ kind: 'precondition' });
    for (const call of [() => engine.exec(id, { argv: ['true'] }), () => engine.execDetached(id, { argv: ['true'] }), () => engine.openTerminal(id, { argv: ['true'] }), () => engine.dialPort(id, 8080), () => engine.readStats(id), () => engine.killContainer(id, 'SIGTERM')]) {
      await expect(call()).rejects.toMatchObject({ kind: 'precondition' });
    }
    const absent = 'anyon-no-such-container';
    expect(await engine.inspectContainer(absent)).toBeNull();
    expect(await engine.waitForExit(absent)).toMatchObject({ exitCode: null, error: expect.stringContaining(absent) as string });
    for (const call of [() => engine.startContainer(absent), () => engine.stopContainer(absent, { graceSeconds: 1 }), () => engine.killContainer(absent, 'SIGTERM'), () => engine.exec(absent, { argv: ['true'] }), () => engine.readStats(absent)]) {
      await expect(call()).rejects.toMatchObject({ kind: 'not_found' });
    }
    await engine.removeContainer(id);
  });

  it('refuses a container outside the profile', async () => {
    for (const bad of [{ user: '0:0' }, { network: 'host' }, { mounts: [{ source: '/etc', target: '/workspace' }] }, { image: 'Not An Image' }]) {
      await expect(fixture.engine.createContainer(fixture.spec(bad))).rejects.toMatchObject({ kind: 'invalid' });
    }
  });

  it('rejects a call that was aborted with the reason given', async () => {
    const signal = AbortSignal.abort(new Error('enough'));
    const { engine } = fixture;
    for (const call of [() => engine.version(signal), () => engine.listContainers({}, signal), () => engine.exec('x', { argv: ['true'] }, signal), () => engine.waitForExit('x', signal)]) {
      await expect(call()).rejects.toThrow('enough');
    }
  });

  it('stops waiting for a container when told to', async () => {
    const id = await running();
    const controller = new AbortController();
    setTimeout(() => controller.abort(new Error('enough')), 200);
    await expect(fixture.engine.waitForExit(id, controller.signal)).rejects.toThrow('enough');
    await fixture.engine.removeContainer(id);
  });
});
