import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { workspaceDir } from '@/server/deployment/paths';

/** A secret as it may show: plain, and as git shows it to a server. */
export function formsOf(value: string): string[] {
  return [value, Buffer.from(value).toString('base64').replace(/=+$/, ''), Buffer.from(value).toString('hex'), encodeURIComponent(value)];
}

/** Of these places (name → content), those that hold one of the values. */
export function placesWith(values: readonly string[], places: Readonly<Record<string, Buffer | string>>): string[] {
  const needles = values.flatMap(formsOf);
  return Object.entries(places).flatMap(([name, content]) => (needles.some((needle) => Buffer.from(content).includes(needle)) ? [name] : []));
}

/** Arguments and environment of every process of this machine, but for this one and its own. */
export function allProcesses(): Record<string, Buffer> {
  const own = new Set([process.pid, process.ppid].map(String));
  const found: Record<string, Buffer> = {};
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name) && !own.has(name))) {
    for (const file of ['cmdline', 'environ']) {
      try {
        found[`/proc/${pid}/${file}`] = readFileSync(`/proc/${pid}/${file}`);
      } catch {
        continue; // it has ended
      }
    }
  }
  return found;
}

/** What the engine knows of a container and its image. */
export function engineRecords(container: string): Record<string, string> {
  const docker = (...args: string[]) => execFileSync('docker', args, { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
  const image = docker('inspect', '--format', '{{.Image}}', container).trim();
  return { 'docker inspect': docker('inspect', container), 'image history': docker('history', '--no-trunc', image), 'docker logs': docker('logs', container), 'docker diff': docker('diff', container) };
}

/** Everything in which a secret of a workspace could have been left, but for the one place where it belongs. */
export function everythingOf(workspaceId: string, containerId: string): Record<string, Buffer | string> {
  const files = execFileSync('find', [workspaceDir(workspaceId), '-type', 'f', '-size', '-4M'], { encoding: 'utf8' }).split('\n').filter(Boolean);
  const fresh = 'find / -xdev -type f -newer /etc/gitconfig -size -1M -not -path "/proc/*" -exec cat {} + 2>/dev/null | tr -d "\\0"; true';
  return {
    ...allProcesses(),
    ...engineRecords(containerId),
    ...Object.fromEntries(files.map((file) => [file, readFileSync(file)])),
    'files of the container': execFileSync('docker', ['exec', containerId, 'bash', '-c', fresh], { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 }),
  };
}
