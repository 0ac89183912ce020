import { styleText } from 'node:util';
import type { SystemCheck } from '@/contract/system-status';

const marks = {
  ok: { sign: '✓', colour: 'green' },
  warning: { sign: '!', colour: 'yellow' },
  failed: { sign: '✗', colour: 'red' },
} as const;

/** The checks for standard output, in colours where that is a terminal that has them: what is wrong with its fix below, and a last line that says how many there are. */
export function printChecks(checks: readonly SystemCheck[]): string {
  const width = Math.max(...checks.map(({ name }) => name.length));
  const lines = checks.flatMap(({ name, severity, detail, fix }) => {
    const { sign, colour } = marks[severity];
    return [`${styleText(colour, sign, { stream: process.stdout })} ${name.padEnd(width)}  ${detail}`, ...(fix === null ? [] : [`${' '.repeat(width + 4)}→ ${fix}`])];
  });
  const count = (severity: SystemCheck['severity']) => checks.filter((check) => check.severity === severity).length;
  const [red, yellow] = [count('failed'), count('warning')];
  const end = red > 0 ? `${red} to put right, ${yellow} to look at.` : yellow > 0 ? `Nothing to put right, ${yellow} to look at.` : 'All is in order.';
  return `${lines.join('\n')}\n\n${end}\n`;
}
