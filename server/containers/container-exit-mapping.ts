import os from 'node:os';
import type { ContainerExit } from '@/contract/container-exit';

const signalNames = new Map(Object.entries(os.constants.signals).map(([name, number]) => [number as number, name]));
const aliases: Readonly<Record<string, string>> = { SIGIOT: 'SIGABRT', SIGPOLL: 'SIGIO', SIGUNUSED: 'SIGSYS' };

/**
 * The signal that an exit code stands for by the shell's convention 128 + n (n from 1 to 31), else null. A process that
 * exits with such a number by itself cannot be told apart.
 */
export function signalOfExitCode(exitCode: number | null): string | null {
  if (exitCode === null || exitCode <= 128 || exitCode > 128 + 31) return null;
  const name = signalNames.get(exitCode - 128);
  return name === undefined ? null : (aliases[name] ?? name);
}

/** What Docker's inspect says about a container's process. */
export interface EngineState {
  ExitCode: number;
  Error?: string | undefined;
  OOMKilled: boolean;
  FinishedAt: string;
}

/** The exit that an ended container's state describes. OOMKilled may be true although the main process ended well: a child died. */
export function exitOfState(state: EngineState): ContainerExit {
  return {
    exitCode: state.ExitCode,
    error: state.Error ? state.Error : null,
    finishedAt: engineTime(state.FinishedAt),
    oomKilled: state.OOMKilled,
    signal: signalOfExitCode(state.ExitCode),
  };
}

/** Docker's time as ISO in milliseconds; its year 1 means never. */
export function engineTime(text: string): string | null {
  const time = Date.parse(text);
  return Number.isNaN(time) || time <= 0 ? null : new Date(time).toISOString();
}
