import { execFileSync } from 'node:child_process';

/** A command of the engine's own program, as a person beside Anyon gives it; returns what it printed. */
export const docker = (...args: string[]): string => execFileSync('docker', args, { encoding: 'utf8' }).trim();

/** Whether the engine has one of exactly this name. */
export function exists(kind: 'container' | 'network' | 'volume', name: string): boolean {
  const isContainer = kind === 'container';
  const found = docker(kind, 'ls', ...(isContainer ? ['--all'] : []), '--filter', `name=${name}`, '--format', isContainer ? '{{.Names}}' : '{{.Name}}');
  return found.split('\n').includes(name);
}
