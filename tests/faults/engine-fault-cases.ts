import { setTimeout as sleep } from 'node:timers/promises';
import { existsSync, readdirSync } from 'node:fs';
import { and, desc, eq, ne } from 'drizzle-orm';
import { tasks } from '@/db/schema';
import { database } from '@/server/database';
import { workspaceExchangeDir } from '@/server/deployment/paths';
import type { DockerFaultProxy } from '@/tests/faults/docker-fault-proxy';
import { engineOperations, type EngineOperation, type OperationName } from '@/tests/faults/engine-operations';
import type { FaultKind } from '@/tests/faults/fault-kind';
import type { LifeCycleScene } from '@/tests/faults/life-cycle-scene';
import { isSentence } from '@/tests/faults/sentences';

/** What goes wrong with a call, once. The engine acts, or it does not, or nobody can tell. */
export const faultKinds = ['lost', '500', '409', '404', 'garbage', 'cut', 'hang', 'disk full'] as const;
export type FaultName = (typeof faultKinds)[number];

/** One call of an operation that goes wrong in one way. */
export interface FaultCase {
  operation: OperationName;
  call: string;
  /** Which call of that name since the operation was asked for. */
  nth: number;
  fault: FaultName;
}

/** A call that hangs is let go after a few seconds, as by an engine that is started again; with `ANYON_FULL=1` its own time limit must end it. */
const HANG_MS = 3_000;
const kinds: Readonly<Record<FaultName, FaultKind>> = {
  lost: 'lost',
  '500': { status: 500, message: 'something inside Docker went wrong' },
  '409': { status: 409, message: 'Docker is busy with it' },
  '404': { status: 404, message: 'there is no such thing' },
  garbage: 'garbage',
  cut: 'cut',
  hang: process.env['ANYON_FULL'] === '1' ? 'hang' : { hangMs: HANG_MS },
  'disk full': { status: 500, message: 'write /var/lib/docker/overlay2/x: no space left on device' },
};

/** Carries out cases one after the other, on the workspace that the one before has left. */
export class FaultBench {
  readonly #scene: LifeCycleScene;
  readonly #proxy: DockerFaultProxy;
  readonly #operations;
  #workspaceId: string | null = null;
  /** Cases whose call did not come this time, because it depends on the time or on events. */
  missed = 0;

  constructor(scene: LifeCycleScene, proxy: DockerFaultProxy) {
    this.#scene = scene;
    this.#proxy = proxy;
    this.#operations = engineOperations(scene);
  }

  /** Every case there can be: the calls that the operation makes when all is well, each in every way. */
  async casesOf(operation: OperationName): Promise<FaultCase[]> {
    const { prepare, ask, succeeded } = this.#operations[operation];
    this.#proxy.arm();
    this.#workspaceId = await prepare(this.#workspaceId);
    await this.#scene.quiet();
    const from = this.#proxy.requests.length;
    const id = await ask(this.#workspaceId);
    this.#workspaceId = id;
    await this.#scene.until(id, `success of ${operation}`, succeeded);
    await this.#scene.quiet();
    const seen = new Map<string, number>();
    return this.#proxy.requests.slice(from).flatMap((call) => {
      const nth = (seen.get(call) ?? 0) + 1;
      seen.set(call, nth);
      return faultKinds.map((fault) => ({ operation, call, nth, fault }));
    });
  }

  /** Everything that is wrong afterwards; none means that the case has gone as it should. */
  async problemsOf(faultCase: FaultCase): Promise<string[]> {
    const operation = this.#operations[faultCase.operation];
    try {
      this.#proxy.arm();
      this.#workspaceId = await operation.prepare(this.#workspaceId);
      await this.#scene.quiet();
      this.#proxy.arm({ call: faultCase.call, nth: faultCase.nth, kind: kinds[faultCase.fault] });
      const id = await operation.ask(this.#workspaceId);
      this.#workspaceId = id;
      await this.#untilItsEnd(id);
      if (this.#proxy.struck() === 0) this.missed += 1;
      await this.#scene.quiet();
      return [...(await this.#outcome(faultCase, operation, id)), ...leftCommands(id)];
    } catch (error) {
      this.#workspaceId = null; // whatever is wrong with it, the next case begins with another one
      return [String(error)];
    }
  }

  /** A fault is over when nothing hangs any more; from then on everything has its time to come right. */
  async #untilItsEnd(workspaceId: string): Promise<void> {
    const open = async () => (await database().select({ id: tasks.id }).from(tasks).where(and(eq(tasks.workspaceId, workspaceId), eq(tasks.status, 'running')))).length > 0;
    for (const soon = Date.now() + 1_000; this.#proxy.struck() === 0 && (Date.now() < soon || (await open())); ) await sleep(50);
    while (this.#proxy.hanging() > 0) await sleep(50);
  }

  async #outcome({ call, fault }: FaultCase, operation: EngineOperation, workspaceId: string): Promise<string[]> {
    const row = await this.#scene.row(workspaceId);
    const [task] = await database().select().from(tasks).where(and(eq(tasks.workspaceId, workspaceId), ne(tasks.cause, 'recovery'))).orderBy(desc(tasks.fence)).limit(1);
    const succeeded = operation.succeeded(row);
    const said = [row?.statusReason, row?.lastError, task?.statusReason].filter((text) => typeof text === 'string');
    const found = [...said.filter((text) => !isSentence(text)).map((text) => `not a sentence: ${text}`), ...operation.lostWork(workspaceId, succeeded)];
    if (!succeeded && row?.statusReason == null) found.push(`it is ${row?.status ?? 'gone'} and does not say why`);
    if (!succeeded && isPassing(call, fault)) found.push(`one fault that passes was enough to make it fail: ${row?.status ?? 'gone'} (${row?.statusReason ?? ''})`);
    return found;
  }
}

/** What another try heals. An image that is not there and a disk that is full are for a person. */
function isPassing(call: string, fault: FaultName): boolean {
  return fault !== 'disk full' && !(fault === '404' && call.startsWith('GET /images/'));
}

/** Exchange directories of short commands that nobody has cleared away. A start that failed leaves its clone or set-up to the next one. */
function leftCommands(workspaceId: string): string[] {
  const exchange = workspaceExchangeDir(workspaceId);
  const names = existsSync(exchange) ? readdirSync(exchange) : [];
  return names.filter((name) => !/^(clone|setup)/.test(name)).map((name) => `left: exchange/${name}`);
}
