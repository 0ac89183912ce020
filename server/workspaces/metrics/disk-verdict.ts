/** What a workspace has on the VM's disk. Bytes. */
export interface DiskUse {
  /** Its directory: files and exchange. */
  files: number;
  /** What its container has written beside that, in its own file system. */
  container: number;
}

/** A file system rounds up, and a directory that is exactly full is in order. */
const tolerance = 1.05;

/**
 * Why a workspace has to be stopped, as the part of a sentence that says what is too much; null when it is within its limit.
 * Where the file system itself holds the directory to the limit (`held`), more than that means that a program has taken its
 * files out of the count; the container's own file system is never held, so it is judged beside it.
 */
export function tooMuch(use: DiskUse, limitBytes: number, held: boolean): number | null {
  if (!held) return use.files + use.container > limitBytes ? use.files + use.container : null;
  if (use.files > limitBytes * tolerance) return use.files;
  return use.container > limitBytes ? use.container : null;
}
