import type { Difference, ReconcileReport } from '@/contract/difference';
import { bytesInWords } from '@/server/deployment/bytes-in-words';

const headings = { object: 'WHAT', action: 'ACTION', frees: 'FREES', name: 'NAME' } as const;

/** A report for a terminal: one row per difference, its reason below it, and what it all comes to. */
export function printReport(report: ReconcileReport): string {
  if (report.engineProblem !== null) return `Docker could not be asked, so nothing was compared.\n  ${report.engineProblem}\n`;
  const rows = report.differences.map((difference) => ({ difference, cells: cellsOf(difference) }));
  const width = (name: 'object' | 'action' | 'frees') => Math.max(headings[name].length, ...rows.map(({ cells }) => cells[name].length)) + 2;
  const line = (cells: Record<keyof typeof headings, string>) => cells.object.padEnd(width('object')) + cells.action.padEnd(width('action')) + cells.frees.padEnd(width('frees')) + cells.name;
  const indent = ' '.repeat(width('object'));
  const table = rows.flatMap(({ difference, cells }) => [line(cells), `${indent}${difference.reason}`, ...(difference.failure === null ? [] : [`${indent}Failed: ${difference.failure}`])]);
  const lines = [...(rows.length > 0 ? [line(headings), ...table, ''] : []), ...summary(report).split('\n')];
  // Names and git's words may come from a container: nothing of them may steer the terminal.
  return `${lines.map((text) => text.replace(/\p{Cc}/gu, '?')).join('\n')}\n`;
}

function cellsOf({ object, action, freesBytes, name, result }: Difference): Record<keyof typeof headings, string> {
  return { object: object.replaceAll('-', ' '), action: result === 'failed' ? `${action} (failed)` : action, frees: freesBytes === null ? '-' : bytesInWords(freesBytes), name };
}

function summary({ looked, tookMs, differences, dryRun }: ReconcileReport): string {
  const seen = `Looked at ${count(looked.workspaces, 'workspace')}, ${count(looked.containers, 'container')}, ${count(looked.networks, 'network')} and the data directory in ${(tookMs / 1_000).toFixed(1)} s.`;
  const changes = differences.filter(({ action }) => action !== 'leave');
  const frees = changes.reduce((sum, { freesBytes }) => sum + (freesBytes ?? 0), 0);
  const left = differences.length - changes.length;
  const leaves = left > 0 ? ` ${count(left, 'thing')} ${left === 1 ? 'is' : 'are'} only shown.` : '';
  if (changes.length === 0) return `${seen}\nDatabase and machine agree.${leaves}`;
  if (dryRun) return `${seen}\n${count(changes.length, 'difference')} to end, which frees ${bytesInWords(frees)}.${leaves} Nothing was changed (--dry-run).`;
  const failed = changes.filter(({ result }) => result === 'failed').length;
  return `${seen}\n${count(changes.length - failed, 'difference')} ended, ${failed} failed.${leaves}`;
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
