import { execFile } from 'node:child_process';

export interface ProgramResult {
  /** Null when it was not started, ran out of time or died by a signal. */
  exitCode: number | null;
  stdout: string;
  stderr: string;
}

/** Bare: the product's own environment holds keys, which no such program needs. */
const ENVIRONMENT = { NODE_ENV: 'production', PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' } as const;

/**
 * Runs a program of this host to its end, without a shell, and never throws: the caller judges what it said. Killed after
 * `timeoutMs`. A program that is not installed has exit code null and says so in `stderr`.
 */
export function runProgram(program: string, args: readonly string[], timeoutMs = 10_000): Promise<ProgramResult> {
  return new Promise((resolve) => {
    const options = { timeout: timeoutMs, killSignal: 'SIGKILL', maxBuffer: 16 * 1024 * 1024, env: ENVIRONMENT } as const;
    execFile(program, args, options, (error, stdout, stderr) => {
      if (!error) return resolve({ exitCode: 0, stdout, stderr });
      const exitCode = typeof error.code === 'number' ? error.code : null;
      const reason = String(error.code) === 'ENOENT' ? `${program} is not installed` : error.killed ? `${program} did not end within ${timeoutMs / 1000} s` : error.message;
      resolve({ exitCode, stdout, stderr: exitCode === null ? reason : stderr });
    });
  });
}
