import { existsSync, lstatSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { ContainerSpec, ExecCommand, ExecResult } from '@/server/containers/engine';

/** What `anyon-run alive` answers about a command that was never started. */
const NEVER_STARTED = 2;

/** The wrapper `anyon-run` for an engine in memory: every detached command has ended well at once, and a checkpoint finds nothing to keep. */
export function fakeWrapper(dataDir: string): { onExec: (containerId: string, command: ExecCommand, spec: ContainerSpec) => ExecResult; onExecDetached: (containerId: string, command: ExecCommand) => void } {
  return {
    onExec: (_containerId, { argv }, spec) => ({ exitCode: argv[1] === 'alive' ? NEVER_STARTED : 0, stdout: Buffer.from(argv[1] === 'secrets' ? secretsReport(spec, argv[2] ?? '-') : ''), stderr: Buffer.alloc(0), truncated: false }),
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

/** What a container of this specification would see of its secrets. */
function secretsReport({ mounts }: ContainerSpec, attempt: string): string {
  const mount = mounts.find(({ target }) => target === '/anyon/secrets');
  const place = mount?.source ?? '/nowhere';
  const entry = (file: string, name: string) => {
    const { mode, uid } = lstatSync(file);
    return { name, mode: mode & 0o7777, uid, readable: true };
  };
  const folder = path.join(place, attempt);
  const there = attempt !== '-' && existsSync(folder);
  const names = there ? readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name !== 'env') : [];
  const mark = existsSync(path.join(place, '.place')) ? readFileSync(path.join(place, '.place'), 'utf8') : null;
  return JSON.stringify({ mark, type: 'tmpfs', readOnly: mount?.readOnly ?? false, writable: false, folder: there ? entry(folder, '.') : null, files: names.map((name) => entry(path.join(folder, name), name)) });
}
