import { log } from '@/server/log';
import { endProcess } from '@/server/deployment/end-process';
import { identifyProcess, processLives } from '@/server/deployment/process-identity';
import { env } from '@/server/env';
import { AnyonError } from '@/server/errors';
import { childCommands, fingerprint, type Surroundings } from '@/server/parent/children';
import { readParentStatus, writeParentStatus, type ChildStatus, type ParentStatus } from '@/server/parent/parent-status';
import { SupervisedChild } from '@/server/parent/supervised-child';

/**
 * Keeps simulator, egress proxy, worker, preview gateway and web running and says in the status file what runs. Children that an earlier parent
 * left behind are ended first, except a simulator or egress proxy that would be the same: a run may be in the middle of talking through it.
 */
export class Parent {
  private readonly children = new Map<string, SupervisedChild>();
  private readonly fingerprints = new Map<string, string>();
  private stopping = false;

  private constructor(surroundings: Surroundings) {
    for (const command of Object.values(childCommands(surroundings))) {
      this.fingerprints.set(command.name, fingerprint(command));
      this.children.set(command.name, new SupervisedChild(command, () => this.writeStatus()));
    }
  }

  static async run(surroundings: Surroundings): Promise<Parent> {
    const parent = new Parent(surroundings);
    const left = readParentStatus()?.children ?? {};
    const kept = new Map(Object.entries(left).filter(([name, child]) => child.fingerprint !== '' && child.fingerprint === parent.fingerprints.get(name) && processLives(child)));
    await endChildren(Object.entries(left).filter(([name]) => !kept.has(name)));
    for (const child of parent.children.values()) {
      const running = kept.get(child.name);
      if (running) child.adopt(running);
      else child.start();
    }
    return parent;
  }

  /** All but the simulator begin anew, because the database has another address. */
  async changeSurroundings(surroundings: Surroundings): Promise<void> {
    const { egress, worker, preview, web } = childCommands(surroundings);
    this.fingerprints.set(egress.name, fingerprint(egress));
    await Promise.all([egress, worker, preview, web].map(async (command) => this.children.get(command.name)?.replace(command)));
  }

  /** Ends a child the hard way; it is started again. False when that process is not this child. */
  killChild(name: string, pid: number): boolean {
    if (this.children.get(name)?.identity?.pid !== pid) return false;
    process.kill(pid, 'SIGKILL');
    return true;
  }

  /**
   * Ends the children, the worker first: while it lets go of its work people are served still, and health says `draining`. `handOver`: those that outlive it go on for
   * the next parent. Takes 30 s at most, by the patience of each child.
   */
  async stop({ handOver }: { handOver: boolean }): Promise<void> {
    this.stopping = true;
    const toStop = [...this.children.values()].filter((child) => !handOver || !this.fingerprints.get(child.name));
    for (const isTurn of [true, false]) await Promise.all(toStop.filter(({ name }) => (name === 'worker') === isTurn).map((child) => child.stop()));
    this.writeStatus(true);
  }

  private writeStatus(final = false): void {
    if (this.stopping && !final) return;
    const children: Record<string, ChildStatus> = {};
    for (const child of this.children.values()) {
      const identity = child.identity;
      if (identity) children[child.name] = { ...identity, fingerprint: this.fingerprints.get(child.name) ?? '' };
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
