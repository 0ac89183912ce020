import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { say } from '../setup/progress.mjs';

/** A parent that could not go on is tried again: its database may come, its mistake may be repaired. */
const AGAIN_MS = 3_000;

/** The one parent of a development: started, started again when it ends by itself, replaced, stopped. */
export class ParentProcess {
  #bundle;
  #environment;
  #log;
  #child = null;
  #wanted = false;

  /** What it says goes to the end of the file `log`, where its children write as well. */
  constructor(bundle, environment, log) {
    this.#bundle = bundle;
    this.#environment = environment;
    this.#log = log;
  }

  start() {
    this.#wanted = true;
    const log = fs.openSync(this.#log, 'a', 0o600);
    const child = spawn(process.execPath, ['--enable-source-maps', this.#bundle], { env: this.#environment, stdio: ['ignore', log, log] });
    fs.closeSync(log);
    this.#child = child;
    child.once('exit', (code, signal) => {
      if (this.#child !== child) return;
      this.#child = null;
      if (this.#wanted) void this.#again(signal ?? `exit code ${code}`);
    });
  }

  /** Its children end as well, but for those that outlive a newer build. */
  async replace() {
    await this.#end('SIGUSR2');
    this.start();
  }

  async stop() {
    await this.#end('SIGTERM');
  }

  async #end(signal) {
    this.#wanted = false;
    const child = this.#child;
    this.#child = null;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    child.kill(signal);
    await once(child, 'exit');
  }

  async #again(how) {
    say(`✗ the parent ended (${how}); it is started again in ${AGAIN_MS / 1000} s`);
    await sleep(AGAIN_MS);
    if (this.#wanted && !this.#child) this.start();
  }
}
