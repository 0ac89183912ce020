import { execFile } from 'node:child_process';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

/** Where and of what was measured: a figure without it says nothing. */
export interface Machine {
  cpus: number;
  model: string;
  memoryBytes: number;
  kernel: string;
  engine: string;
  node: string;
  commit: string;
  /** Processes that wanted a processor in the minute before: a quiet machine has less than one. */
  loadBefore: number;
}

const run = promisify(execFile);
const root = path.resolve(import.meta.dirname, '../../..');

/** This machine, the engine that `docker` talks to, and the commit of this folder (`+` where files differ from it; results and documents do not count). */
export async function describeMachine(): Promise<Machine> {
  const ask = async (program: string, ...args: string[]): Promise<string> => (await run(program, args, { cwd: root })).stdout.trim();
  const processors = os.cpus();
  const commit = await ask('git', 'rev-parse', '--short=9', 'HEAD').catch(() => 'no commit');
  const changed = await ask('git', 'status', '--porcelain', '--', '.', ':!bench-results', ':!docs').catch(() => '');
  return {
    cpus: processors.length,
    model: processors[0]?.model.trim() ?? '',
    memoryBytes: os.totalmem(),
    kernel: os.release(),
    engine: await ask('docker', 'version', '--format', '{{.Server.Version}}').catch(() => 'none'),
    node: process.versions.node,
    commit: changed === '' ? commit : `${commit}+`,
    loadBefore: os.loadavg()[0] ?? Number.NaN,
  };
}

/** In one line, for the screen and the document. */
export function machineText({ cpus, model, memoryBytes, kernel, engine, node, commit, loadBefore }: Machine): string {
  return `${cpus} × ${model || 'unknown processor'}, ${(memoryBytes / 1024 ** 3).toFixed(1)} GiB, Linux ${kernel}, Docker ${engine}, Node ${node}, commit ${commit}, load before ${loadBefore.toFixed(1)}`;
}
