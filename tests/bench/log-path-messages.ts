import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';

/** What a subscriber reads from, each until it has `bytes` bytes of standard output. */
export type Source =
  | { kind: 'product'; url: string; cookie: string; runId: string }
  | { kind: 'docker-logs'; container: string }
  | { kind: 'raw-copy'; from: string; to: string };

export interface Subscription {
  name: string;
  source: Source;
  bytes: number;
  /** Note how old each line is when it arrives (its time of writing is in it). */
  measureLines: boolean;
}

export interface Received {
  name: string;
  /** Microseconds since 1970 at which the last byte was there. */
  finishedAt: number;
  sha256: string;
  /** Milliseconds from write to arrival, one a line. */
  latencies: number[];
}

export interface Collect {
  runs: { runId: string; rawDirectory: string; logDirectory: string }[];
  secrets: string[];
}

/** Microseconds since 1970, finer than Date. */
export function nowMicroseconds(): number {
  return (performance.timeOrigin + performance.now()) * 1000;
}

/** Starts a part of the bench as a process of its own and waits until it says that it is ready. */
export async function startPart(file: string, env: Record<string, string>): Promise<ChildProcess> {
  const child = fork(path.join(import.meta.dirname, file), { execArgv: ['--import', 'tsx'], env: { ...process.env, ...env } });
  const failed = once(child, 'exit').then(([code]) => Promise.reject(new Error(`${file} ended with ${code} before it was ready.`)));
  await Promise.race([once(child, 'message'), failed]);
  failed.catch(() => undefined);
  return child;
}

const ANSWER_WITHIN_MS = 180_000;

/** Sends a request to a part and waits for its one answer, at most three minutes. */
export async function askPart<T>(part: ChildProcess, request: unknown): Promise<T> {
  part.send(request as object);
  const [answer] = await once(part, 'message', { signal: AbortSignal.timeout(ANSWER_WITHIN_MS) });
  return answer as T;
}

export async function stopPart(part: ChildProcess): Promise<void> {
  if (part.exitCode !== null || part.signalCode !== null) return;
  part.kill('SIGKILL');
  await once(part, 'exit');
}
