import { AnyonError } from '@/server/errors';
import type { FakeContainer } from '@/tests/fakes/fake-container';

/** What the engine in memory has, found by id or name as Docker finds it, and refused in the same words. */
export class FakeContainers {
  readonly #byId = new Map<string, FakeContainer>();

  add(container: FakeContainer): void {
    this.#byId.set(container.id, container);
  }

  remove({ id }: FakeContainer): void {
    this.#byId.delete(id);
  }

  all(): FakeContainer[] {
    return [...this.#byId.values()];
  }

  find(idOrName: string): FakeContainer | undefined {
    return this.#byId.get(idOrName) ?? this.all().find(({ name }) => name === idOrName);
  }

  get(idOrName: string): FakeContainer {
    const container = this.find(idOrName);
    if (!container) throw new AnyonError('not_found', `There is no container ${idOrName}.`);
    return container;
  }

  running(idOrName: string): FakeContainer {
    const container = this.get(idOrName);
    if (container.status !== 'running') throw new AnyonError('precondition', 'The container is not running. Start it first.');
    return container;
  }

  assertUnused(network: string): void {
    const used = this.all().some(({ status, attachedNetworks }) => status !== 'exited' && status !== 'created' && attachedNetworks.includes(network));
    if (used) throw new AnyonError('conflict', 'Containers still use this network. Remove them first.');
  }
}
