import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';

/** A place where a secret must not be, and what is there now. */
export interface Sink {
  name: string;
  content: Buffer;
}

/** A secret as it might stand somewhere: as it is, and in the ways in which programs write it. */
export function spellings(secret: string): Map<string, Buffer> {
  const bytes = Buffer.from(secret);
  const found = new Map<string, Buffer>([
    ['raw', bytes],
    ['hex', Buffer.from(bytes.toString('hex'))],
    ['HEX', Buffer.from(bytes.toString('hex').toUpperCase())],
    ['percent', Buffer.from([...bytes].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join(''))],
    ['UTF-16', Buffer.from(secret, 'utf16le')],
    ['reversed', Buffer.from([...secret].toReversed().join(''))],
  ]);
  for (const shift of [0, 1, 2]) {
    // Only what depends on the secret alone: the characters at both ends also hold bits of what stands beside it.
    const text = Buffer.concat([Buffer.alloc(shift), bytes]).toString('base64').replace(/=+$/, '');
    const core = text.slice(shift === 0 ? 0 : shift + 1, bytes.length % 3 === 0 && shift === 0 ? undefined : -2);
    found.set(`base64 at ${shift}`, Buffer.from(core));
    found.set(`base64url at ${shift}`, Buffer.from(core.replaceAll('+', '-').replaceAll('/', '_')));
  }
  return found;
}

/** Where any of the secrets stands, as `secret, spelling, sink` with what stands around it blotted out. */
export function findSecrets(secrets: Readonly<Record<string, string>>, sinks: readonly Sink[]): string[] {
  const hits: string[] = [];
  for (const [name, secret] of Object.entries(secrets)) {
    for (const [spelling, bytes] of spellings(secret)) {
      for (const sink of sinks) {
        const at = sink.content.indexOf(bytes);
        if (at >= 0) hits.push(`${name}, ${spelling}, in ${sink.name} at ${at}: …${sink.content.subarray(Math.max(0, at - 60), at).toString('latin1').replaceAll(/[^\x20-\x7e]/g, '.')}`);
      }
    }
  }
  return hits;
}

/** What every process of this machine shows of itself: its arguments and its environment. Needs root. */
export function processSinks(): Sink[] {
  return readdirSync('/proc').filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid).flatMap((pid) => ['cmdline', 'environ'].flatMap((kind) => sinkOf(`/proc/${pid}/${kind}`)));
}

/** What Docker keeps and tells of the containers with this label, of the image, and of what has happened. */
export function dockerSinks(label: string, image: string, since: Date): Sink[] {
  const docker = (...args: string[]) => execFileSync('docker', args, { maxBuffer: 256 * 1024 * 1024 });
  const ids = docker('ps', '--all', '--quiet', '--no-trunc', '--filter', `label=${label}`).toString().split('\n').filter(Boolean);
  const root = docker('info', '--format', '{{.DockerRootDir}}').toString().trim();
  return [
    ...ids.flatMap((id) => [
      { name: `docker inspect ${id.slice(0, 12)}`, content: docker('inspect', id) },
      { name: `docker logs ${id.slice(0, 12)}`, content: docker('logs', id) },
      ...['config.v2.json', 'hostconfig.json'].flatMap((file) => sinkOf(path.join(root, 'containers', id, file))),
    ]),
    { name: 'docker history', content: docker('history', '--no-trunc', image) },
    { name: 'docker image inspect', content: docker('image', 'inspect', image) },
    { name: 'docker network inspect', content: docker('network', 'inspect', ...docker('network', 'ls', '--quiet', '--filter', `label=${label}`).toString().split('\n').filter(Boolean), 'bridge') },
    { name: 'docker events', content: docker('events', '--since', since.toISOString(), '--until', new Date().toISOString()) },
  ];
}

/** Every file below a folder, as one sink each; `skip` tells which paths (from that folder) are left out. */
export function folderSinks(folder: string, skip: (relative: string) => boolean = () => false): Sink[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .filter((file) => !skip(path.relative(folder, file)))
    .flatMap(sinkOf);
}

/** Nothing for a file that is gone or that nobody may read: processes end while they are looked at. */
function sinkOf(file: string): Sink[] {
  try {
    return statSync(file).isFile() ? [{ name: file, content: readFileSync(file) }] : [];
  } catch {
    return [];
  }
}
