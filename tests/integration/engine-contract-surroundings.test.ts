import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EngineEvent } from '@/server/containers/engine';
import { engines, meddle, startedContainer } from '@/tests/setup/both-engines';
import { claudeImage, networkSpec, type EngineFixture } from '@/tests/setup/engine-fixture';

/** The half of the contract for both engines (engine-contract.test.ts) that is about what is around a container: the engine itself, images, networks, events, and who meddles. */
describe.each(engines)('around the containers of $name', ({ open }) => {
  let fixture: EngineFixture;
  beforeAll(async () => {
    fixture = await open();
  });
  afterAll(() => fixture.close());

  const running = (): Promise<string> => startedContainer(fixture);

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
});
