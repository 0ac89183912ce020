import type { ChangedFile, RunUsage, RunView } from '@/contract/run';

/** `1.2k`, `34k`, `1.5M`; below a thousand as it is. */
export function formatTokens(count: number): string {
  if (count < 1000) return String(count);
  if (count < 100_000) return `${(count / 1000).toFixed(1).replace(/\.0$/, '')}k`;
  if (count < 999_500) return `${Math.round(count / 1000)}k`;
  return `${(count / 1_000_000).toFixed(1).replace(/\.0$/, '')}M`;
}

/** US dollars; small amounts with as many digits as tell something. Null (unknown) is a dash. */
export function formatCost(costUsd: number | null): string {
  if (costUsd === null) return '–';
  if (costUsd !== 0 && costUsd < 0.01) return `$${costUsd.toFixed(4)}`;
  return `$${costUsd.toFixed(2)}`;
}

/** All tokens that went in, cached or not. */
export function tokensIn(usage: RunUsage): number {
  return usage.inputTokens + usage.cacheReadTokens + usage.cacheWriteTokens;
}

/** `1.5 KB`, `3.2 MB`; powers of 1024. */
export function formatBytes(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  const units = ['KB', 'MB', 'GB', 'TB'];
  let value = bytes / 1024;
  let unit = 0;
  for (; value >= 1023.5 && unit < units.length - 1; unit += 1) value /= 1024;
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ${units[unit]}`;
}

export interface ChangeSum {
  files: number;
  additions: number;
  deletions: number;
}

/** Sums over the changed files; binary files count as files only. */
export function sumChanges(files: readonly ChangedFile[]): ChangeSum {
  return {
    files: files.length,
    additions: files.reduce((sum, file) => sum + (file.additions ?? 0), 0),
    deletions: files.reduce((sum, file) => sum + (file.deletions ?? 0), 0),
  };
}

/** The first line that says something, as a title. */
export function promptTitle(prompt: string): string {
  const line = prompt.split('\n').find((part) => part.trim() !== '') ?? prompt;
  return line.trim().slice(0, 300);
}

/** When a run began to count: its start, or its creation while it waits. */
export function runStart(run: RunView): Date {
  return run.startedAt ?? run.createdAt;
}
