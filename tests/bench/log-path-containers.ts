import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, copyFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
/** Of this process: several benches may run at the same time. */
export const BENCH_LABEL = `anyon.bench=${process.pid}`;

export interface Writer {
  /** In the container: a path, or `-` for its standard output. */
  output: string;
  lines: number;
  lineBytes: number;
  linesPerWrite: number;
  linesPerSecond: number;
  phaseMicroseconds: number;
  goFile: string;
  startFile: string;
}

async function docker(...args: string[]): Promise<string> {
  return (await run('docker', args)).stdout.trim();
}

/** Compiles the writer with the image's own compiler into `directory`. */
export async function buildWriter(image: string, directory: string): Promise<void> {
  await copyFile(path.join(import.meta.dirname, 'log-path-writer.c'), path.join(directory, 'writer.c'));
  await chmod(directory, 0o777);
  await docker('run', '--rm', '--label', BENCH_LABEL, '--network', 'none', '--volume', `${directory}:/bench`, '--entrypoint', 'gcc', image, '-O2', '-o', '/bench/writer', '/bench/writer.c');
}

/** A container whose first process is the writer; `directory` is its /bench. Docker keeps its standard output as it does by default (json-file). */
export async function startWriter(image: string, directory: string, writer: Writer): Promise<string> {
  const { output, lines, lineBytes, linesPerWrite, linesPerSecond, phaseMicroseconds, goFile, startFile } = writer;
  const options = ['--detach', '--label', BENCH_LABEL, '--network', 'none', '--log-driver', 'json-file', '--volume', `${directory}:/bench`];
  const numbers = [lines, lineBytes, linesPerWrite, linesPerSecond, phaseMicroseconds].map(String);
  return docker('run', ...options, '--entrypoint', '/bench/writer', image, output, ...numbers, goFile, startFile);
}

/** Removes these containers, and whatever they still do. */
export async function removeContainers(ids: readonly string[]): Promise<void> {
  if (ids.length > 0) await docker('rm', '--force', '--volumes', ...ids);
}

/** Removes every container that this process has started, also one that was being started when the row was interrupted, and those of benches that were killed. */
export async function removeBenchContainers(): Promise<void> {
  const all = (await docker('ps', '--all', '--filter', 'label=anyon.bench', '--format', '{{.ID}} {{.Label "anyon.bench"}}')).split('\n').filter(Boolean);
  const withProcess = all.map((line) => line.split(' ')).filter(([, pid = '']) => /^\d+$/.test(pid)); // other rows have words there, and remove their own
  const ours = withProcess.filter(([, pid]) => pid === String(process.pid) || !existsSync(`/proc/${pid}`));
  await removeContainers(ours.map(([id = '']) => id));
}
