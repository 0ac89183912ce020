import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import type { LogSource, OpenLogSource } from '@/tests/bench/log-sources/log-source';
import type { BenchRun } from '@/tests/bench/row';

export interface OpenedSource {
  /** Where the process of the readers finds the same source. */
  file: string;
  source: LogSource;
  open: OpenLogSource;
}

const ours = (name: string): string => path.join(import.meta.dirname, 'log-sources', `${name}.ts`);

/** Opens a log source of ours by name, or another's by its file. It is closed when the row is over. */
export async function openSource(bench: BenchRun, nameOrFile: string): Promise<OpenedSource> {
  const file = path.isAbsolute(nameOrFile) ? nameOrFile : ours(nameOrFile);
  const { source } = (await import(file)) as { source?: LogSource };
  if (!source) throw new Error(`${file} exports no \`source\`.`);
  const directory = path.join(bench.directory, `source-${path.basename(file, path.extname(file))}`);
  await mkdir(directory);
  const open = await source.open({ directory, say: bench.say, afterwards: bench.afterwards });
  bench.afterwards(open.close);
  return { file, source, open };
}

/** What stands beside Anyon without a goal: frontail, where npm brings it, and the sources of `--beside`. */
export async function openSourcesBeside(bench: BenchRun): Promise<OpenedSource[]> {
  const frontail = await openSource(bench, 'frontail').catch((error: unknown) => {
    bench.say(`frontail is left out: ${String(error)}`);
    return null;
  });
  const others: OpenedSource[] = [];
  for (const file of bench.beside) others.push(await openSource(bench, file));
  return frontail ? [frontail, ...others] : others;
}
