import type { BackupManifest } from '@/server/system/backup/manifest';

/** Beside its rows, as a person reads it: `the logs of 3 runs, the kept work of 1 deleted workspace`. */
export function contentsInWords({ runs, removed }: BackupManifest['counts']): string {
  return `the logs of ${counted(runs, 'run')}, the kept work of ${counted(removed, 'deleted workspace')}`;
}

export function counted(number: number, one: string): string {
  return `${number} ${number === 1 ? one : `${one}s`}`;
}
