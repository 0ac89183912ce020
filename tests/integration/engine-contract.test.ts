import { execFileSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { containerExitSchema, succeeded, wasSignaled } from '@/contract/container-exit';
import type { ContainerEngine, EngineEvent, LogFrame } from '@/server/containers/engine';
import { FakeEngine } from '@/tests/fakes/fake-engine';
import { claudeImage, networkSpec, openEngineFixture, type EngineFixture } from '@/tests/setup/engine-fixture';

/** One contract for both engines: what a test with the fake relies on is what Docker does. */
const engines = [
  { name: 'Docker', open: () => openEngineFixture() },
  { name: 'the fake engine', open: () => openEngineFixture((home) => new FakeEngine({ ...home, images: [claudeImage] })) },
];

/** What people do to containers outside Anyon; the product itself has no words for it. */
const meddle = {
  async pause(engine: ContainerEngine, id: string): Promise<void> {
    if (engine instanceof FakeEngine) engine.pause(id);
    else execFileSync('docker', ['pause', id]);
  },
  async disconnect(engine: ContainerEngine, network: string, id: string): Promise<void> {
    if (engine instanceof FakeEngine) engine.disconnect(network, id);
    else execFileSync('docker', ['network', 'disconnect', '--force', network, id]);
  },
};

describe.each(engines)('$name', ({ open }) => {
  let fixture: EngineFixture;
  beforeAll(async () => {
    fixture = await open();
  });
  afterAll(() => fixture.close());

  const running = async (command = ['sleep', 'infinity']) => {
    const id = await fixture.engine.createContainer(fixture.spec({ command }));
    await fixture.engine.startContainer(id);
    return id;
  };

  it('tells its version', async () => {
    expect(await fixture.engine.version()).toMatchObject({ version: expect.stringMatching(/^\d+\./) as string, apiVersion: expect.stringMatching(/^\d+\.\d+$/) as string, os: 'linux' });
  });

  it('finds an image that is here, and names the build command for one that is not', async () => {
    expect(await fixture.engine.ensureImage(claudeImage, { pull: 'never' })).toMatchObject({ reference: claudeImage, id: expect.stringMatching(/^sha256:/) as string });
    await expect(fixture.engine.ensureImage('anyon-absent:latest', { pull: 'never' })).rejects.toMatchObject({ kind: 'precondition', message: expect.stringMatching(/npm run images/) as string });
  });

  it('makes and removes a network however often it is told to', async () => {
    const name = `${fixture.network}-2`;
    for (let time = 0; time < 2; time += 1) await fixture.engine.ensureNetwork(networkSpec(name, fixture.labels));
    for (let time = 0; time < 2; time += 1) await fixture.engine.removeNetwork(name);
  });

  it('gives a network an address range of its own, finds it again, and replaces one of ours that is otherwise', async () => {
    const wanted = networkSpec(`${fixture.network}-3`, { ...fixture.labels, 'anyon.workspace': 'w3' });
    const made = await fixture.engine.ensureNetwork(wanted);
    expect(made).toMatchObject({ name: wanted.name, bridge: wanted.bridge, labels: wanted.labels, subnet: expect.stringMatching(/^10\.213\.\d+\.\d+\/28$/) as string, gateway: expect.stringMatching(/^10\.213\./) as string });
    expect(await fixture.engine.ensureNetwork(wanted)).toEqual(made);
    expect(await fixture.engine.inspectNetwork(wanted.name)).toEqual(made);
    expect(await fixture.engine.listNetworks({ ...fixture.labels, 'anyon.workspace': 'w3' })).toEqual([made]);
    const replaced = await fixture.engine.ensureNetwork({ ...wanted, bridge: `${wanted.bridge.slice(0, 14)}z` });
    expect(replaced).toMatchObject({ name: wanted.name, bridge: `${wanted.bridge.slice(0, 14)}z` });
    expect(replaced.id).not.toBe(made.id);
    await expect(fixture.engine.ensureNetwork({ ...wanted, labels: { ...wanted.labels, 'anyon.workspace': 'another' } })).rejects.toMatchObject({ kind: 'precondition' });
    await fixture.engine.removeNetwork(wanted.name);
    expect(await fixture.engine.inspectNetwork(wanted.name)).toBeNull();
  });

  it('does not remove a network that is in use, nor make one that is shared', async () => {
    const id = await running();
    await expect(fixture.engine.removeNetwork(fixture.network)).rejects.toMatchObject({ kind: 'conflict' });
    await expect(fixture.engine.ensureNetwork(networkSpec('host', {}))).rejects.toMatchObject({ kind: 'invalid' });
    await fixture.engine.removeContainer(id);
  });

  it('knows the address of the host', async () => {
    expect(await fixture.engine.hostGateway()).toMatch(/^\d+\.\d+\.\d+\.\d+$/);
  });

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

  it('says what it is and what it knows', async () => {
    expect(await fixture.engine.info()).toMatchObject({
      version: (await fixture.engine.version()).version,
      memoryBytes: expect.any(Number) as number,
      cpus: expect.any(Number) as number,
      runtimes: expect.arrayContaining(['runc']) as string[],
      defaultRuntime: 'runc',
      logDrivers: expect.arrayContaining(['json-file']) as string[],
      dataRoot: expect.stringMatching(/^\//) as string,
    });
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

  it('tells of what happens to containers with a label, and of no others', async () => {
    const label = { ...fixture.labels, 'anyon.test': 'events' };
    const controller = new AbortController();
    const events: EngineEvent[] = [];
    const listening = (async () => {
      for await (const event of fixture.engine.streamEvents(label, controller.signal)) events.push(event);
    })();
    await sleep(300);
    const other = await running();
    const id = await fixture.engine.createContainer(fixture.spec({ labels: label }));
    await fixture.engine.startContainer(id);
    await fixture.engine.removeContainer(id);
    await fixture.engine.removeContainer(other);
    await sleep(300);
    controller.abort();
    await listening;
    expect(events.map((event) => event.action)).toEqual(expect.arrayContaining(['create', 'start', 'die', 'destroy']));
    expect(new Set(events.map((event) => event.containerId))).toEqual(new Set([id]));
    expect(events[0]?.labels).toMatchObject(label);
  });

  it('puts right what somebody meddled with, and says at a glance what is there', async () => {
    const { engine } = fixture;
    const label = { ...fixture.labels, 'anyon.test': 'repair' };
    const id = await engine.createContainer(fixture.spec({ labels: label }));
    await engine.startContainer(id);
    const other = await running();
    const name = `anyon-${fixture.instance}-renamed`;
    for (let time = 0; time < 2; time += 1) await engine.renameContainer(id, name);
    const summary = { id, name, image: claudeImage, labels: expect.objectContaining(label) as object, status: 'running', attachedNetworks: [fixture.network] };
    expect(await engine.summarizeContainers({ labels: label })).toEqual([summary]);
    expect(await engine.summarizeContainers({ namePrefix: name })).toEqual([summary]);
    expect(await engine.summarizeContainers({ namePrefix: name.slice(3) })).toEqual([]);
    const taken = (await engine.inspectContainer(other))?.name ?? '';
    await expect(engine.renameContainer(id, taken)).rejects.toMatchObject({ kind: 'conflict' });
    await engine.unpauseContainer(id);
    await meddle.pause(engine, id);
    expect(await engine.summarizeContainers({ labels: label })).toMatchObject([{ status: 'paused' }]);
    await engine.unpauseContainer(id);
    await engine.connectNetwork(fixture.network, id);
    await meddle.disconnect(engine, fixture.network, id);
    expect(await engine.summarizeContainers({ labels: label })).toMatchObject([{ status: 'running', attachedNetworks: [] }]);
    for (let time = 0; time < 2; time += 1) await engine.connectNetwork(fixture.network, id);
    expect(await engine.summarizeContainers({ labels: label })).toMatchObject([{ attachedNetworks: [fixture.network] }]);
    await expect(engine.connectNetwork('anyon-no-such-network', id)).rejects.toMatchObject({ kind: 'not_found' });
    for (const gone of [id, other]) await engine.removeContainer(gone);
    for (const call of [() => engine.renameContainer(id, name), () => engine.unpauseContainer(id), () => engine.connectNetwork(fixture.network, id)]) await expect(call()).rejects.toMatchObject({ kind: 'not_found' });
  });

  it('REL-29 tells events that were missed, from the time of the last that was seen', async () => {
    const label = { ...fixture.labels, 'anyon.test': 'missed' };
    const id = await fixture.engine.createContainer(fixture.spec({ labels: label }));
    await fixture.engine.startContainer(id);
    const [start] = await seen(label, ['start'], new Date(Date.now() - 30_000).toISOString());
    await fixture.engine.killContainer(id, 'SIGKILL');
    await fixture.engine.removeContainer(id);
    expect((await seen(label, ['die', 'destroy'], start?.at)).map(({ action }) => action)).toEqual(expect.arrayContaining(['start', 'die', 'destroy']));
  });

  /** Reads events until all these actions were among them. */
  async function seen(labels: Record<string, string>, actions: string[], since?: string): Promise<EngineEvent[]> {
    const controller = new AbortController();
    const events: EngineEvent[] = [];
    for await (const event of fixture.engine.streamEvents(labels, controller.signal, since)) {
      events.push(event);
      if (actions.every((action) => events.some((one) => one.action === action))) controller.abort();
    }
    return events.filter(({ action }) => ['start', 'die', 'destroy'].includes(action));
  }

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
