import { mkdir, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';

/** Columns as wide as their widest cell; the first is words, the others are figures. */
export function printTable(title: string, head: readonly string[], rows: readonly (readonly string[])[]): void {
  const all = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...all.map((row) => (row[column] ?? '').length)));
  process.stdout.write(`\n${title}\n`);
  for (const row of all) process.stdout.write(`  ${row.map((cell, column) => (column === 0 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!))).join('  ')}\n`);
}

/** Writes bench-results/NAME.json, with the machine and the time. */
export async function saveResult(name: string, result: object): Promise<void> {
  const directory = path.resolve(import.meta.dirname, '../../bench-results');
  await mkdir(directory, { recursive: true });
  const machine = { cpus: os.cpus().length, cpu: os.cpus()[0]?.model, memoryBytes: os.totalmem(), kernel: os.release(), node: process.version };
  await writeFile(path.join(directory, `${name}.json`), `${JSON.stringify({ at: new Date().toISOString(), machine, ...result }, null, 2)}\n`);
  process.stdout.write(`\nwritten to bench-results/${name}.json\n`);
}

export const figure = (value: number, digits = 0): string => (Number.isFinite(value) ? value.toFixed(digits) : '–');
