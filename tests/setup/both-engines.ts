import { execFileSync } from 'node:child_process';
import type { ContainerEngine } from '@/server/containers/engine';
import { FakeEngine } from '@/tests/fakes/fake-engine';
import { claudeImage, openEngineFixture, type EngineFixture } from '@/tests/setup/engine-fixture';

/** The real engine and the one in memory, for tests that hold both to the same. */
export const engines: readonly { name: string; open: () => Promise<EngineFixture> }[] = [
  { name: 'Docker', open: () => openEngineFixture() },
  { name: 'the fake engine', open: () => openEngineFixture((home) => new FakeEngine({ ...home, images: [claudeImage] })) },
];

/** What people do to containers outside Anyon; the product itself has no words for it. */
export const meddle = {
  async pause(engine: ContainerEngine, id: string): Promise<void> {
    if (engine instanceof FakeEngine) engine.pause(id);
    else execFileSync('docker', ['pause', id]);
  },
  async disconnect(engine: ContainerEngine, network: string, id: string): Promise<void> {
    if (engine instanceof FakeEngine) engine.disconnect(network, id);
    else execFileSync('docker', ['network', 'disconnect', '--force', network, id]);
  },
};

/** A container that has been started; its id. */
export async function startedContainer({ engine, spec }: EngineFixture, command = ['sleep', 'infinity']): Promise<string> {
  const id = await engine.createContainer(spec({ command }));
  await engine.startContainer(id);
  return id;
}
