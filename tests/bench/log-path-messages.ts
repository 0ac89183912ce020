import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { littleGarbage, sharedArenas } from '@/server/parent/process-memory';

/** What a process of readers is asked: follow these addresses of a source (tests/bench/log-sources) until each has so many bytes. */
export interface FollowOrder {
  sourceFile: string;
  addresses: unknown[];
  bytes: number;
  /** Note how old each line is when it arrives. */
  measureLines: boolean;
}

export type ReadersAnswer = { kind: 'connected' } | { kind: 'received'; received: Received[] } | { kind: 'failed'; reason: string };

export interface Received {
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

/** Starts a part of the bench as a process of its own, with the memory settings of the product's, and waits until it says that it is ready. */
export async function startPart(file: string, env: Record<string, string>): Promise<ChildProcess> {
  const child = fork(path.join(import.meta.dirname, file), { execArgv: [...littleGarbage.busy, '--import', 'tsx'], env: { ...process.env, ...sharedArenas, ...env } });
  const failed = once(child, 'exit').then(([code]) => Promise.reject(new Error(`${file} ended with ${code} before it was ready.`)));
  await Promise.race([once(child, 'message'), failed]);
  failed.catch(() => undefined);
  return child;
}

const ANSWER_WITHIN_MS = 180_000;

/** Sends a request to a part and waits for its one answer, at most three minutes. */
export async function askPart<T>(part: ChildProcess, request: unknown): Promise<T> {
  part.send(request as object);
  return nextAnswer<T>(part);
}

/** The next thing that a part says, at most three minutes from now; throws at once when its process ends. */
export async function nextAnswer<T>(part: ChildProcess): Promise<T> {
  const over = new AbortController();
  const signal = AbortSignal.any([over.signal, AbortSignal.timeout(ANSWER_WITHIN_MS)]);
  try {
    const said = once(part, 'message', { signal }).then(([answer]) => answer as T);
    const gone = once(part, 'exit', { signal }).then(([code]) => Promise.reject(new Error(`A part of the bench ended with ${code} when it was to answer.`)));
    gone.catch(() => undefined); // it is told by the race
    return await Promise.race([said, gone]);
  } finally {
    over.abort();
  }
}

export async function stopPart(part: ChildProcess): Promise<void> {
  if (part.exitCode !== null || part.signalCode !== null) return;
  part.kill('SIGKILL');
  await once(part, 'exit');
}
