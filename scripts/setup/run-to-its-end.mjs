import { spawn } from 'node:child_process';
import { inProject } from './project.mjs';

/**
 * Runs a Node script of this project that cleans up after itself when it is interrupted, and waits for that: Ctrl-C, SIGTERM and SIGHUP are handed on, and
 * end this process only when it has ended. It may hear the same signal twice, as the terminal and npm tell it too. Resolves with its exit code.
 * @param {readonly string[]} args
 * @returns {Promise<number>}
 */
export function runToItsEnd(args) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, args, { cwd: inProject(), stdio: ['ignore', 'inherit', 'inherit'] });
    /** @type {readonly NodeJS.Signals[]} */
    const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
    const handOn = (signal) => void child.kill(signal);
    for (const signal of signals) process.on(signal, handOn);
    const end = (code) => {
      for (const signal of signals) process.off(signal, handOn);
      resolve(code);
    };
    child.on('error', () => end(127));
    child.on('close', (code) => end(code ?? 128));
  });
}
