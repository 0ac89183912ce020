import { spawn } from 'node:child_process';
import fs from 'node:fs';
import { endProcess } from '@/server/deployment/end-process';
import { identifyProcess, processLives, type ProcessIdentity } from '@/server/deployment/process-identity';
import { log } from '@/server/log';
import { nextDelay } from '@/server/parent/restart-delay';
import { openServerLog } from '@/server/parent/server-log';

const ADOPTED_LOOK_MS = 500;
const STOP_STEPS = [
  { signal: 'SIGTERM', patienceMs: 10_000 },
  { signal: 'SIGKILL', patienceMs: 5_000 },
] as const;

export interface ChildCommand {
  name: string;
  argv: readonly string[];
  cwd: string;
  env: NodeJS.ProcessEnv;
  /** For a child that goes on when the parent makes room for a newer one: the files and folders that make it what it is. */
  sources?: readonly string[];
}

/** One process that is to run until it is stopped: started again, with growing pauses, whenever it ends. */
export class SupervisedChild {
  readonly name: string;
  private command: ChildCommand;
  private readonly onChange: () => void;
  private current: ProcessIdentity | null = null;
  private wanted = false;
  private delay = 0;
  private timer: NodeJS.Timeout | null = null;

  /** `onChange` is called whenever `identity` has changed. */
  constructor(command: ChildCommand, onChange: () => void) {
    this.name = command.name;
    this.command = command;
    this.onChange = onChange;
  }

  /** The process that runs now. */
  get identity(): ProcessIdentity | null {
    return this.current;
  }

  start(): void {
    this.wanted = true;
    this.launch();
  }

  /** Takes over a process that an earlier parent started; it is not our child, so its end is seen by looking. */
  adopt(identity: ProcessIdentity): void {
    this.wanted = true;
    this.current = identity;
    const look = setInterval(() => {
      if (this.current?.pid === identity.pid && processLives(identity)) return;
      clearInterval(look);
      if (this.current?.pid === identity.pid) this.ended('adopted process ended', performance.now());
    }, ADOPTED_LOOK_MS);
    this.onChange();
  }

  /** Ends it for good: SIGTERM, ten seconds, SIGKILL. */
  async stop(): Promise<void> {
    this.wanted = false;
    if (this.timer) clearTimeout(this.timer);
    if (this.current) await endProcess(this.current, STOP_STEPS);
    this.current = null;
  }

  /** Replaces the process by one of this command. */
  async replace(command: ChildCommand): Promise<void> {
    await this.stop();
    this.command = command;
    this.start();
  }

  private launch(): void {
    this.timer = null;
    const { argv, cwd, env } = this.command;
    const started = performance.now();
    const output = openServerLog();
    const child = spawn(process.execPath, argv, { cwd, env, stdio: ['ignore', output, output] });
    fs.closeSync(output);
    child.once('error', (error) => this.ended(error.message, started));
    child.once('exit', (code, signal) => this.ended(signal ?? `exit code ${code}`, started));
    this.current = child.pid === undefined ? null : identifyProcess(child.pid);
    log().info({ child: this.name, childPid: child.pid }, 'parent: child started');
    this.onChange();
  }

  private ended(how: string, started: number): void {
    this.current = null;
    if (!this.wanted || this.timer) return;
    this.delay = nextDelay(this.delay, performance.now() - started);
    log().warn({ child: this.name, how, againInMs: this.delay }, 'parent: child ended');
    this.timer = setTimeout(() => this.launch(), this.delay);
    this.onChange();
  }
}
