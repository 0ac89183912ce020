import { setTimeout as delay } from 'node:timers/promises';
import { isFinal } from '@/contract/run';
import type { AnyonApi, Run } from '@/cli/api/anyon-api';
import { mayPass } from '@/cli/cli-error';
import { followLog } from '@/cli/log/follow-log';
import { readableLine } from '@/cli/log/readable-lines';
import { WholeLines } from '@/cli/log/whole-lines';
import type { Printer } from '@/cli/output/printer';
import { askPatiently } from '@/cli/wait/ask-patiently';

export interface WatchOptions {
  run: Run;
  name: string;
  signal: AbortSignal;
  /** The conversation in words, the bytes of the log, or neither (what becomes of the run is all that is asked). */
  as: 'words' | 'bytes' | 'nothing';
  only?: 'out' | 'err';
  from?: number;
}

const LOOK_EVERY_MS = 3_000;

/** Shows the log of a run until the run has ended, and says what it waits for meanwhile. Returns the run as it ended. */
export async function watchRun(api: AnyonApi, print: Printer, options: WatchOptions): Promise<Run> {
  const over = new AbortController();
  const watching = AbortSignal.any([options.signal, over.signal]);
  const looking = sayStates(api, print, { ...options, signal: watching });
  try {
    await showLog(api, print, options);
    options.signal.throwIfAborted();
    return await finalRun(api, options.run.id, options.signal);
  } finally {
    over.abort();
    await looking;
  }
}

/** The log up to its end or, where it does not matter, only the wait for that end. */
async function showLog(api: AnyonApi, print: Printer, { run, signal, as, only, from }: WatchOptions): Promise<void> {
  const lines = new WholeLines();
  const onBroken = (tries: number): void => {
    if (tries === 1) print.note('The connection broke. It goes on at the same byte when Anyon answers again …');
    if (tries === 0) print.note('The connection is back.');
  };
  const start = { out: only === 'err' ? run.outBytes : 0, err: only === 'out' ? run.errBytes : 0, ...(from !== undefined && { [only ?? 'out']: from }) };
  for await (const { stream, bytes } of followLog(api.logOf(run.id), { signal, from: start, onBroken })) {
    if (only && stream !== only) continue;
    if (as === 'bytes') await print.bytes(stream, bytes);
    else if (as === 'words' && stream === 'out') for (const line of lines.take(bytes)) await printWords(print, line);
  }
  const rest = lines.end();
  if (rest !== null && as === 'words') await printWords(print, rest);
}

async function printWords(print: Printer, line: string): Promise<void> {
  const words = readableLine(line);
  if (words) await print.text(words);
}

/** A run is final only after the last byte; at the end of the log it has become final, or is about to. */
async function finalRun(api: AnyonApi, runId: string, signal: AbortSignal): Promise<Run> {
  for (;;) {
    const run = await askPatiently(() => api.run(runId, signal), { signal });
    if (isFinal(run.status)) return run;
    await delay(200, undefined, { signal });
  }
}

/** Says each state in which nothing goes on without a person, once. */
async function sayStates(api: AnyonApi, print: Printer, { run, name, signal }: { run: Run; name: string; signal: AbortSignal }): Promise<void> {
  let last = '';
  while (!signal.aborted) {
    try {
      const now = await api.run(run.id, signal);
      const words = waitingWords(now, name);
      if (words && words !== last) print.note(words);
      last = words ?? '';
    } catch (error) {
      if (!signal.aborted && !mayPass(error)) return; // the log says the same, and louder
    }
    await delay(LOOK_EVERY_MS, undefined, { signal }).catch(() => undefined); // the loop sees the abort
  }
}

function waitingWords({ status, statusReason, nextStep }: Run, name: string): string | null {
  const why = [statusReason, nextStep].filter(Boolean).join(' ');
  if (status === 'needs_you') return `${name} waits for an answer. See what it asks: anyon answer "${name}"`;
  if (status === 'parked' || (status === 'queued' && why)) return `${name} waits. ${why}`.trim();
  return null;
}
