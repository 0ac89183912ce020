import type { ReachedLimit, RunStatus } from '@/contract/run';
import { bytesInWords } from '@/server/deployment/bytes-in-words';
import type { MemoryAtEnd } from '@/server/runs/memory-at-end';
import type { ResultLine } from '@/server/runs/result-line';

/** Everything that is known when a run is over. */
export interface RunEnding {
  /** How it was noticed: the wrapper's exit file, or that there will never be one. */
  kind: 'exited' | 'container-stopped' | 'process-gone';
  stage: 'worktree' | 'command' | null;
  exitCode: number | null;
  signal: string | null;
  /** Null unless the kernel ended something of it for lack of memory. */
  outOfMemory: MemoryAtEnd | null;
  stopRequestedBy: string | null;
  /** What the run was allowed, and what it has cost by Claude Code's own reckoning. */
  limits: { maxTurns: number | null; budgetUsd: number | null; costUsd: number | null };
  result: ResultLine | null;
  /** The last line on stderr, masked; null when there was none. */
  lastError: string | null;
}

export interface Verdict {
  status: Extract<RunStatus, 'succeeded' | 'failed' | 'stopped' | 'interrupted' | 'lost'>;
  /** Always a sentence, except for a plain success. */
  reason: string | null;
}

/**
 * What became of a run. Not the exit code: the CLI has ended with 0 after an interrupt and with 1 after an API error that its own
 * result calls a success. The rows are read from the top; the first that fits is the verdict.
 */
export function judgeRun(ending: RunEnding): Verdict {
  const { result } = ending;
  if (ending.kind === 'exited' && ending.stage === 'command' && isCleanResult(result) && ending.exitCode === 0) return success(ending, result);
  if (ending.stopRequestedBy) return { status: 'stopped', reason: `Stopped by ${ending.stopRequestedBy}.` };
  if (ending.outOfMemory) return { status: 'failed', reason: memoryReason(ending.outOfMemory) };
  if (ending.kind === 'container-stopped') return { status: 'interrupted', reason: "The workspace's container stopped while the run was on. Start the workspace, then start the run again." };
  if (ending.kind === 'process-gone') return { status: 'lost', reason: 'The process of the run disappeared without leaving a result. What it had written is kept.' };
  if (ending.stage === 'worktree') return { status: 'failed', reason: `The worktree of the run could not be made: ${ending.lastError ?? 'git gave no reason'}` };
  return failure(ending);
}

/** Of a run that a limit has ended. */
const RESUME = 'Resume it to go on where it was: it is allowed as much again.';

/** True of the result of a turn that has come to its own end. */
export function isCleanResult(result: ResultLine | null): result is ResultLine {
  return result !== null && result.subtype === 'success' && !result.isError;
}

/** The limit that has ended a turn; null when another reason has. */
export function limitOf(result: ResultLine | null): ReachedLimit | null {
  if (result?.subtype === 'error_max_turns') return 'turns';
  return result?.subtype === 'error_max_budget_usd' ? 'budget' : null;
}

function memoryReason({ limitBytes, peakBytes }: MemoryAtEnd): string {
  const limit = limitBytes === null ? '' : `: the limit is ${bytesInWords(limitBytes)}`;
  const peak = peakBytes === null ? '' : `${limit ? ', and' : ':'} ${bytesInWords(peakBytes)} were in use at the peak`;
  return `The run needed more memory than its workspace has, and was ended${limit}${peak}.`;
}

function success(ending: RunEnding, result: ResultLine): Verdict {
  if (ending.stopRequestedBy) return { status: 'succeeded', reason: 'It ended by itself before the stop took effect.' };
  if (result.permissionDenials === 0) return { status: 'succeeded', reason: null };
  return { status: 'succeeded', reason: `Claude was denied ${result.permissionDenials} tool call(s); read the log for what it could not do.` };
}

function failure(ending: RunEnding): Verdict {
  const { result } = ending;
  if (result && (result.isError || result.subtype !== 'success')) return { status: 'failed', reason: resultReason(result, ending.limits) };
  const how = ending.signal ? `was ended by ${ending.signal}` : `ended with exit code ${ending.exitCode ?? 'unknown'}`;
  const said = ending.lastError ? ` Its last words: ${ending.lastError}` : '';
  return { status: 'failed', reason: `Claude Code ${how}${result ? ' after its result' : ' without a result'}.${said}` };
}

function resultReason(result: ResultLine, { maxTurns, budgetUsd, costUsd }: RunEnding['limits']): string {
  if (result.subtype === 'error_max_turns') return `The run reached its limit of ${maxTurns === null ? 'turns' : count(maxTurns, 'turn')} before it was done. ${RESUME}`;
  if (result.subtype === 'error_max_budget_usd') {
    return `The run reached its budget${budgetUsd === null ? '' : ` of ${dollars(budgetUsd)}`} before it was done${costUsd === null ? '' : `; it has cost ${dollars(costUsd)}`}. ${RESUME}`;
  }
  const text = [result.text, ...result.errors].filter(Boolean).join(' · ').slice(0, 500);
  return text ? `Claude Code reported an error: ${text}` : `Claude Code reported an error (${result.subtype}).`;
}

/** Small amounts with more digits, so that a budget and what is just above it do not look the same. */
export function dollars(amount: number): string {
  return `$${amount.toFixed(amount < 1 ? 4 : 2)}`;
}

function count(number: number, unit: string): string {
  return `${number} ${unit}${number === 1 ? '' : 's'}`;
}
