import { setTimeout as sleep } from 'node:timers/promises';
import { printFailure } from './failure.mjs';
import { releaseLocks, takeLock } from './lock.mjs';
import { inProject } from './project.mjs';
import { stopRunningCommands } from './run-command.mjs';

/** How long interrupted work may take to clean up after itself. */
const UNWIND_MS = 5_000;

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/** What must be undone when this process ends before its work is whole. */
const undo = new Set();

/** Registers something to undo unless the whole command reaches its end (Ctrl-C, SIGTERM, a later failure). */
export function undoUnlessWhole(action) {
  undo.add(action);
}

/**
 * Frame of every set-up command: one at a time per project folder, failures as sentences, nothing half-made left behind on
 * Ctrl-C or SIGTERM. `lock: false` for commands that may run beside others. Resolves with what `work` returned; undefined after
 * a failure, which has been printed.
 */
export async function setupMain(name, work, { lock = true } = {}) {
  let interruptedBy = null;
  let settle = () => {};
  const settled = new Promise((resolve) => (settle = resolve));
  const onSignal = (signal) => {
    if (interruptedBy) return;
    interruptedBy = signal;
    void interrupted(name, signal, settled);
  };
  for (const signal of SIGNALS) process.on(signal, onSignal);
  try {
    if (lock) takeLock(inProject('.tools/setup.lock'), name);
    const result = await work();
    if (!interruptedBy) undo.clear();
    return result;
  } catch (error) {
    if (!interruptedBy) printFailure(error);
    process.exitCode = 1;
    if (!interruptedBy) await undoAll();
  } finally {
    settle();
    if (!interruptedBy) {
      releaseLocks();
      for (const signal of SIGNALS) process.off(signal, onSignal);
    }
  }
  return undefined;
}

/** Ends the running command, lets the work unwind (its own `finally` blocks clean up), then undoes the rest. */
async function interrupted(name, signal, settled) {
  process.stderr.write(`\n✗ ${name} was interrupted; cleaning up …\n`);
  stopRunningCommands();
  await Promise.race([settled, sleep(UNWIND_MS)]);
  await undoAll();
  releaseLocks();
  process.exit(signal === 'SIGINT' ? 130 : 143);
}

async function undoAll() {
  for (const action of undo) {
    try {
      await action();
    } catch (error) {
      process.stderr.write(`  could not clean up: ${error.message}\n`);
    }
  }
  undo.clear();
}
