import { readdir } from 'node:fs/promises';
import path from 'node:path';
import type { BenchRow } from '@/tests/bench/row';

const rowsDirectory = path.resolve(import.meta.dirname, '../rows');
/** S1 … S10, and then what stands beside them. */
const place = ({ id }: BenchRow): number => Number(id.slice(1)) + (id.startsWith('S') ? 0 : 1_000);

/** Every row of `directory` in the order of the goals. */
export async function loadRows(directory = rowsDirectory): Promise<BenchRow[]> {
  const files = (await readdir(directory)).filter((name) => /^[a-z]\d+-[\w-]+\.ts$/.test(name));
  const rows = await Promise.all(files.map(async (name) => loadRow(path.join(directory, name))));
  return rows.toSorted((one, other) => place(one) - place(other));
}

/** The row of a file, whose name begins with its id. */
export async function loadRow(file: string): Promise<BenchRow> {
  const { row } = (await import(file)) as { row?: BenchRow };
  if (!row || !path.basename(file).startsWith(`${row.id.toLowerCase()}-`)) throw new Error(`${file} exports no row, or one whose id is not the beginning of its name.`);
  return row;
}

/** The file of the row with this id. */
export async function fileOfRow(id: string, directory = rowsDirectory): Promise<string> {
  const name = (await readdir(directory)).find((file) => file.startsWith(`${id.toLowerCase()}-`) && file.endsWith('.ts'));
  if (!name) throw new Error(`There is no row ${id}.`);
  return path.join(directory, name);
}
