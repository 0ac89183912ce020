import { eq, sql } from 'drizzle-orm';
import type { Actor } from '@/contract/actor';
import type { TerminalView } from '@/contract/terminal';
import { workspaces } from '@/db/schema';
import { containerEngine } from '@/server/containers/container-engine';
import { database } from '@/server/database';
import { processState } from '@/server/process-state';
import { requireWorkspaceAccess, type WorkspaceAccess } from '@/server/workspaces/access';
import { closeTerminal } from '@/server/workspaces/terminals/close-terminal';
import { listTerminals } from '@/server/workspaces/terminals/list-terminals';
import type { LiveTerminal } from '@/server/workspaces/terminals/live-terminal';
import { openTerminal } from '@/server/workspaces/terminals/open-terminal';
import { Screen } from '@/tests/setup/terminal-screen';
import { startTestProduct, type TestProduct } from '@/tests/setup/test-product';
import { openWorkspaceContainer, type WorkspaceContainer } from '@/tests/setup/workspace-container';

/** A workspace that runs in a real container, whose owner opens terminals. */
export class TerminalBench {
  readonly product: TestProduct;
  readonly owner: Actor;
  readonly container: WorkspaceContainer;
  readonly #screens: Screen[] = [];

  private constructor(product: TestProduct, owner: Actor, container: WorkspaceContainer) {
    this.product = product;
    this.owner = owner;
    this.container = container;
  }

  static async start(): Promise<TerminalBench> {
    const product = await startTestProduct();
    const owner = await product.addUser('owner');
    const bench = new TerminalBench(product, owner, await openWorkspaceContainer(containerEngine(), owner, { level: 'none', hosts: [] }));
    await bench.container.run('mkdir', '/workspace/repo');
    await bench.hasStarted();
    return bench;
  }

  /** Writes into the row that the container runs. */
  async hasStarted(): Promise<void> {
    const { id, workspaceId } = this.container;
    await database().update(workspaces).set({ status: 'running', containerId: id, containerStartedAt: sql`now()` }).where(eq(workspaces.id, workspaceId));
  }

  access(actor = this.owner): Promise<WorkspaceAccess> {
    return requireWorkspaceAccess(actor, this.container.workspaceId);
  }

  /** The attachments of this process; who takes one out of it is another process from then on. */
  get hub(): Map<string, { live: LiveTerminal }> {
    return processState('terminal-hub', () => new Map());
  }

  /** Looks at a terminal, as the owner's page does. */
  look(id: string, from?: number): Screen {
    const screen = new Screen(() => this.access(), id, from);
    this.#screens.push(screen);
    return screen;
  }

  /** A new terminal, when its prompt is there. */
  async open(size = { columns: 100, rows: 30 }): Promise<{ terminal: TerminalView; screen: Screen }> {
    const terminal = await openTerminal(await this.access(), size);
    const screen = this.look(terminal.id);
    await screen.until(({ text }) => text.includes('$ '), 'a prompt');
    return { terminal, screen };
  }

  /** Nobody looks any more, and no shell is left. */
  async clear(): Promise<void> {
    for (const screen of this.#screens.splice(0)) screen.close();
    for (const { id, endedAt } of (await listTerminals(await this.access())).terminals) if (!endedAt) await closeTerminal(await this.access(), id);
  }

  async close(): Promise<void> {
    for (const { live } of this.hub.values()) live.letGo();
    await this.product.close();
  }
}
