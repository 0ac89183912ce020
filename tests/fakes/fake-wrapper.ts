import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { ExecCommand, ExecResult } from '@/server/containers/engine';

/** What `anyon-run alive` answers about a command that was never started. */
const NEVER_STARTED = 2;

/** The wrapper `anyon-run` for an engine in memory: every detached command has ended well at once, and a checkpoint finds nothing to keep. */
export function fakeWrapper(dataDir: string): { onExec: (containerId: string, command: ExecCommand) => ExecResult; onExecDetached: (containerId: string, command: ExecCommand) => void } {
  return {
    onExec: (_containerId, { argv }) => ({ exitCode: argv[1] === 'alive' ? NEVER_STARTED : 0, stdout: Buffer.alloc(0), stderr: Buffer.alloc(0), truncated: false }),
    onExecDetached(_containerId, { argv: [, verb, commandId = ''] }) {
      const directory = exchanges(dataDir)
        .map((exchange) => path.join(exchange, commandId))
        .find((candidate) => existsSync(candidate));
      if (verb !== 'start' || !directory) return;
      const { argv } = JSON.parse(readFileSync(path.join(directory, 'spec.json'), 'utf8')) as { argv: string[] };
      if (argv[1] === 'checkpoint') writeFileSync(path.join(directory, 'out.raw'), JSON.stringify({ trees: [], checkpoints: [], complete: true }));
      writeFileSync(path.join(directory, 'exit.json'), JSON.stringify({ stage: 'command', exitCode: 0, signal: null, oomKills: 0, finishedAt: new Date().toISOString() }));
    },
  };
}

function exchanges(dataDir: string): string[] {
  const folder = path.join(dataDir, 'workspaces');
  return existsSync(folder) ? readdirSync(folder).map((id) => path.join(folder, id, 'exchange')) : [];
}
