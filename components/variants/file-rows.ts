import type { PatchFile } from '@/components/review/parse-patch';

type Comparable = Pick<PatchFile, 'id' | 'path' | 'source'>;

/** One file, as each of the variants has changed it; null where one has not. */
export interface FileRow<File> {
  id: string;
  path: string;
  files: (File | null)[];
}

/** Every file that any of these diffs has, once, by path; null stands for a diff that is not known yet. */
export function fileRows<File extends Comparable>(diffs: readonly (readonly File[] | null)[]): FileRow<File>[] {
  const rows = new Map<string, FileRow<File>>();
  for (const [index, files] of diffs.entries()) {
    for (const file of files ?? []) {
      const row = rows.get(file.id) ?? { id: file.id, path: file.path, files: diffs.map(() => null) };
      row.files[index] = file;
      rows.set(file.id, row);
    }
  }
  return [...rows.values()].toSorted((one, other) => (one.path < other.path ? -1 : 1));
}

/** The first before it that has changed the file in the same way; null when there is none. */
export function sameAs(files: readonly (Comparable | null)[], index: number): number | null {
  const own = files[index];
  if (!own) return null;
  const first = files.findIndex((other) => other?.source === own.source);
  return first < index ? first : null;
}
