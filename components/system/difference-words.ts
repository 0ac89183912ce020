import type { Difference, ReconcileReport } from '@/contract/difference';

export const actionNames: Readonly<Record<Difference['action'], string>> = {
  adopt: 'Take over',
  repair: 'Repair',
  finish: 'Finish',
  remove: 'Remove',
  leave: 'Leave',
};

/** What each action means, for hovering. */
export const actionHints: Readonly<Record<Difference['action'], string>> = {
  adopt: 'The database is made to agree with the machine.',
  repair: 'The machine is made to agree with the database.',
  finish: 'What a worker began and did not end is ended.',
  remove: 'Nobody owns it: it is removed.',
  leave: 'Shown only; nothing is done.',
};

export const causeNames: Readonly<Record<ReconcileReport['cause'], string>> = {
  boot: 'at the start of Anyon',
  event: 'after an event of Docker',
  clock: 'by the clock',
  person: 'by an administrator',
  command: 'by npm run reconcile',
};

/** Disk that all of these free together. */
export function freedBy(differences: readonly Difference[]): number {
  return differences.reduce((sum, { freesBytes }) => sum + (freesBytes ?? 0), 0);
}
