import type { Printer, Tone } from '@/cli/output/printer';

const tones: Record<string, Tone> = {
  running: 'cyan', starting: 'cyan', creating: 'cyan', stopping: 'cyan', deleting: 'cyan', queued: 'cyan',
  succeeded: 'green',
  failed: 'red', lost: 'red', unhealthy: 'red',
  needs_you: 'yellow', parked: 'yellow', unknown: 'yellow', interrupted: 'yellow',
  stopped: 'dim', archived: 'dim',
};

/** A state in words and, where there is colour, in its colour. A state that this program does not know yet is said as it is. */
export function statusWords(print: Printer, status: string): string {
  const words = status.replaceAll('_', ' ');
  const tone = tones[status];
  return tone ? print.paint(tone, words) : words;
}
