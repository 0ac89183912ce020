import { AsyncLocalStorage } from 'node:async_hooks';
import pino from 'pino';
import { withoutKnownTokens } from '@/contract/known-token';
import { env } from '@/server/env';
import { LogDestination } from '@/server/log-destination';
import { processState } from '@/server/process-state';
import { messageOf } from '@/server/query-failure';

export type Log = pino.Logger;

/** What a line is about beside what it says; ids alone. */
export interface LogIds {
  requestId?: string;
  runId?: string;
  workspaceId?: string;
  taskId?: string;
  /** Of the trace that the line belongs to, where traces are made. */
  traceId?: string;
}

function idsInForce(): AsyncLocalStorage<LogIds> {
  return processState('log-ids', () => new AsyncLocalStorage<LogIds>());
}

/** Every line that is logged in `work`, however deep, carries these ids, beside those in force already. */
export function withLogIds<T>(ids: LogIds, work: () => T): T {
  const storage = idsInForce();
  return storage.run({ ...storage.getStore(), ...ids }, work);
}

/** The ids that every line carries here. */
export function logIdsInForce(): Readonly<LogIds> {
  return idsInForce().getStore() ?? {};
}

/** The process's structured log (JSON lines on stdout, which the parent writes to the log file). Never pass secrets or run output. */
export function log(): Log {
  return processState('log', () => openLog({ write: (line) => writeToAll(line) }));
}

/**
 * Sends this process's log to standard error: for a command whose standard output is its answer. The log's own lines come
 * whenever they can, so one of them could stand behind the answer, or in it. Call it before anything is logged.
 */
export function keepLogOutOfTheAnswer(): void {
  processState('log-destinations', () => [standard(2)]);
}

/** Lets every line from now on go to this descriptor as well. */
export function alsoLogTo(descriptor: number): void {
  destinations().push(standard(descriptor));
}

function destinations(): LogDestination[] {
  return processState('log-destinations', () => [standard(1)]);
}

function writeToAll(line: string): void {
  for (const destination of destinations()) destination.write(line);
}

function standard(descriptor: number): LogDestination {
  const { ANYON_DEPLOYMENT_MODE: deployment } = env();
  return new LogDestination(descriptor, (lines) => JSON.stringify({ level: pino.levels.values['error'], time: new Date().toISOString(), deployment, pid: process.pid, lines, msg: 'log: lines could not be written' }));
}

/** A log that writes to `destination`. */
export function openLog(destination: pino.DestinationStream): Log {
  const options: pino.LoggerOptions = {
    level: env().ANYON_LOG_LEVEL,
    base: { deployment: env().ANYON_DEPLOYMENT_MODE, pid: process.pid },
    timestamp: pino.stdTimeFunctions.isoTime,
    mixin: () => ({ ...idsInForce().getStore() }), // a copy: what the line itself says is put over it
    serializers: { err: describeForLog },
    // Whatever a line is about, and however deep in it: no known token gets into the log. The line stays JSON, for none of its marks is part of one.
    hooks: { streamWrite: withoutKnownTokens },
  };
  return pino(options, destination);
}

/** Only what tells where and why: drivers hang whole connections with their settings on the errors they throw. */
function describeForLog(error: unknown): unknown {
  if (!(error instanceof Error)) return String(error);
  const { code } = error as NodeJS.ErrnoException;
  const message = messageOf(error);
  return {
    type: error.name,
    message,
    ...(code !== undefined && { code }),
    stack: error.stack?.replace(error.message, () => message),
    ...(error.cause !== undefined && { cause: describeForLog(error.cause) }),
  };
}
