import { log } from '@/server/log';
import { endProcess } from '@/server/deployment/end-process';
import { identifyProcess, processLives } from '@/server/deployment/process-identity';
import { env } from '@/server/env';
import { AnyonError } from '@/server/errors';
import { childCommands, fingerprint, type Surroundings } from '@/server/parent/children';
import { readParentStatus, writeParentStatus, type ChildStatus, type ParentStatus } from '@/server/parent/parent-status';
import { SupervisedChild } from '@/server/parent/supervised-child';

/**
 * Keeps simulator, worker and web running and says in the status file what runs. Children that an earlier parent left
 * behind are ended first, except a simulator that would be the same: a run may be in the middle of an answer from it.
 */
export class Parent {
  private readonly children = new Map<string, SupervisedChild>();
  private readonly simulatorFingerprint: string;
  private stopping = false;

  private constructor(surroundings: Surroundings) {
    const commands = childCommands(surroundings);
    this.simulatorFingerprint = fingerprint(commands.simulator);
    for (const command of Object.values(commands)) this.children.set(command.name, new SupervisedChild(command, () => this.writeStatus()));
  }

  static async run(surroundings: Surroundings): Promise<Parent> {
    const parent = new Parent(surroundings);
    const left = readParentStatus()?.children ?? {};
    const simulator = left['simulator'];
    const keepsSimulator = simulator !== undefined && simulator.fingerprint === parent.simulatorFingerprint && processLives(simulator);
    await endChildren(Object.entries(left).filter(([name]) => !(keepsSimulator && name === 'simulator')));
    for (const child of parent.children.values()) {
      if (child.name === 'simulator' && keepsSimulator) child.adopt(simulator);
      else child.start();
    }
    return parent;
  }

  /** Worker and web begin anew, because the database has another address. */
  async changeSurroundings(surroundings: Surroundings): Promise<void> {
    const { worker, web } = childCommands(surroundings);
    await Promise.all([worker, web].map(async (command) => this.children.get(command.name)?.replace(command)));
  }

  /** Ends the children. `keepSimulator`: it goes on for the next parent. */
  async stop({ keepSimulator }: { keepSimulator: boolean }): Promise<void> {
    this.stopping = true;
    const toStop = [...this.children.values()].filter((child) => !(keepSimulator && child.name === 'simulator'));
    await Promise.all(toStop.map((child) => child.stop()));
    this.writeStatus(true);
  }

  private writeStatus(final = false): void {
    if (this.stopping && !final) return;
    const children: Record<string, ChildStatus> = {};
    for (const child of this.children.values()) {
      const identity = child.identity;
      if (identity) children[child.name] = { ...identity, fingerprint: child.name === 'simulator' ? this.simulatorFingerprint : '' };
    }
    writeParentStatus({ ...ownStatus(), children });
  }
}

/** Refuses to run beside a living parent of the same data directory. */
export function assertOnlyParent(): void {
  const other = readParentStatus();
  if (other && other.pid !== process.pid && processLives(other)) {
    throw new AnyonError('conflict', `Anyon runs already (process ${other.pid}). Stop it with \`npm run down\`.`);
  }
}

/** Says in the status file why this parent could not go on; `npm run up` shows it. */
export function writeFailure(message: string): void {
  writeParentStatus({ ...ownStatus(), children: readParentStatus()?.children ?? {}, failure: message });
}

function ownStatus(): ParentStatus {
  const startTime = identifyProcess(process.pid)?.startTime ?? '';
  return { pid: process.pid, startTime, release: env().ANYON_RELEASE, url: env().publicUrl, port: env().ANYON_PORT, children: {}, failure: null };
}

async function endChildren(children: [string, ChildStatus][]): Promise<void> {
  await Promise.all(
    children.map(async ([name, child]) => {
      if (!processLives(child)) return;
      log().warn({ child: name, childPid: child.pid }, 'parent: ending what an earlier parent left');
      await endProcess(child, [
        { signal: 'SIGTERM', patienceMs: 10_000 },
        { signal: 'SIGKILL', patienceMs: 5_000 },
      ]);
    }),
  );
}
