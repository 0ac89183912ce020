import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDockerEngine } from '@/server/containers/docker-engine';
import { claudeImage, openEngineFixture, type EngineFixture } from '@/tests/setup/engine-fixture';
import { startSecondEngine, type SecondEngine } from '@/tests/setup/second-engine';

/** An engine that knows a second runtime: runc behind a script that writes down how it is called. */
let engine: SecondEngine;
let fixture: EngineFixture;
let directory = '';
const calls = () => (existsSync(path.join(directory, 'calls')) ? readFileSync(path.join(directory, 'calls'), 'utf8') : '');

beforeAll(async () => {
  directory = mkdtempSync(path.join(os.tmpdir(), 'anyon-runtime-'));
  const wrapper = path.join(directory, 'wrapper');
  writeFileSync(wrapper, `#!/bin/sh\necho "$@" >> ${directory}/calls\nexec runc "$@"\n`);
  chmodSync(wrapper, 0o755);
  engine = await startSecondEngine(['--add-runtime', `wrapped=${wrapper}`]);
  await engine.load(claudeImage, { leaveOut: 'compilers and Claude Code' });
  fixture = await openEngineFixture((home) => createDockerEngine({ host: engine.address, ...home }));
});
afterAll(async () => {
  await fixture?.close();
  await engine?.close();
  rmSync(directory, { recursive: true, force: true });
});

describe('ISO-15 a container runtime of choice', () => {
  it('is known to the engine by its name', async () => {
    expect((await fixture.engine.info()).runtimes).toContain('wrapped');
  });

  it('is the one that starts the container and its commands', async () => {
    const id = await fixture.engine.createContainer(fixture.spec({ runtime: 'wrapped' }));
    await fixture.engine.startContainer(id);
    expect(await fixture.engine.inspectContainer(id)).toMatchObject({ status: 'running', runtime: 'wrapped' });
    expect((await fixture.engine.exec(id, { argv: ['echo', 'well'] })).stdout.toString()).toBe('well\n');
    expect(calls()).toMatch(new RegExp(`create .*${id}`));
    expect(calls()).toMatch(new RegExp(`exec .*${id}`));
    await fixture.engine.removeContainer(id);
  });

  it('is not used for a container that asks for none', async () => {
    const id = await fixture.engine.createContainer(fixture.spec());
    await fixture.engine.startContainer(id);
    expect(await fixture.engine.inspectContainer(id)).toMatchObject({ status: 'running', runtime: 'runc' });
    expect(calls()).not.toContain(id);
    await fixture.engine.removeContainer(id);
  });

  it('that the engine does not know is refused before anything is made, with what to do, and none is taken instead', async () => {
    const before = calls();
    const started = performance.now();
    await expect(fixture.engine.createContainer(fixture.spec({ runtime: 'runsc' }))).rejects.toMatchObject({
      kind: 'precondition',
      message: expect.stringMatching(/does not know the container runtime "runsc" \(it knows .*wrapped.*\).*daemon\.json.*ANYON_CONTAINER_RUNTIME/) as string,
    });
    expect(performance.now() - started).toBeLessThan(5_000);
    expect(await fixture.engine.listContainers(fixture.labels)).toEqual([]);
    expect(calls()).toBe(before);
  });

  it('that the engine has forgotten since does not start as another', async () => {
    const id = await fixture.engine.createContainer(fixture.spec({ runtime: 'wrapped' }));
    rmSync(path.join(directory, 'wrapper'));
    await expect(fixture.engine.startContainer(id)).rejects.toMatchObject({ name: 'AnyonError' });
    expect((await fixture.engine.inspectContainer(id))?.status).not.toBe('running');
  });
});
