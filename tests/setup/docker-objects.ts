import { execFile, execFileSync } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A command of the engine's own program, as a person beside Anyon gives it; returns what it printed. */
export const docker = (...args: string[]): string => execFileSync('docker', args, { encoding: 'utf8' }).trim();

/** Whether the engine has one of exactly this name. */
export function exists(kind: 'container' | 'network' | 'volume', name: string): boolean {
  const isContainer = kind === 'container';
  const found = docker(kind, 'ls', ...(isContainer ? ['--all'] : []), '--filter', `name=${name}`, '--format', isContainer ? '{{.Names}}' : '{{.Name}}');
  return found.split('\n').includes(name);
}

/** Gives a command to an engine's own program; resolves with what it printed. */
export type AskDocker = (...args: string[]) => Promise<string>;

/** Removes every container and network of this instance, and nothing else. */
export async function removeDockerObjects(instance: string, ask: AskDocker = askDocker): Promise<void> {
  const ids = async (...list: string[]) => (await ask(...list, '--quiet', '--filter', `label=anyon.instance=${instance}`)).split('\n').filter(Boolean);
  const containers = await ids('ps', '--all');
  if (containers.length > 0) await ask('rm', '--force', '--volumes', ...containers);
  const networks = await ids('network', 'ls');
  if (networks.length > 0) await ask('network', 'rm', ...networks);
}

/** Instances that have a container or a network on this machine's engine, as their labels say. */
export async function instancesInDocker(): Promise<string[]> {
  const format = ['--filter', 'label=anyon.instance', '--format', '{{.Label "anyon.instance"}}'];
  const printed = await Promise.all([askDocker('ps', '--all', ...format), askDocker('network', 'ls', ...format)]);
  return [...new Set(printed.join('\n').split('\n').filter(Boolean))];
}

async function askDocker(...args: string[]): Promise<string> {
  return (await run('docker', args)).stdout;
}
