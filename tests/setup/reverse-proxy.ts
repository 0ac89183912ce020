import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { root } from '@/tests/house/house';
import { freePort } from '@/tests/setup/free-ports';
import type { TestCertificate } from '@/tests/setup/test-authority';

export type ProxyName = 'caddy' | 'nginx';

export interface ProxyPlaces {
  /** A folder for what it writes. */
  folder: string;
  /** Where it listens. */
  port: number;
  /** Where Anyon and its previews listen, on this machine. */
  web: number;
  previews: number;
  certificate: TestCertificate;
}

export interface ReverseProxy {
  /** What it has written so far. */
  output: () => string;
  end: () => Promise<void>;
}

/** Starts a real proxy with its example of docker/proxies, of which only ports and files are other ones. Does not wait until it listens. */
export async function startReverseProxy(name: ProxyName, program: string, places: ProxyPlaces): Promise<ReverseProxy> {
  mkdirSync(places.folder, { recursive: true });
  const { args, config, text } = name === 'caddy' ? caddy(places) : nginx(places, await freePort());
  writeFileSync(config, text);
  const child = spawn(program, args, { cwd: places.folder, env: { PATH: process.env['PATH'] ?? '', NODE_ENV: 'test', HOME: places.folder }, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  return {
    output: () => output,
    end: () => {
      child.kill('SIGTERM');
      return ended;
    },
  };
}

interface Start {
  config: string;
  text: string;
  args: string[];
}

function caddy({ folder, port, web, previews, certificate: { certFile, keyFile } }: ProxyPlaces): Start {
  const config = path.join(folder, 'Caddyfile');
  const example = exampleWith('Caddyfile', [
    ['\nanyon.example.com {', `\nanyon.example.com:${port} {`],
    ['\n*.preview.example.com {', `\n*.preview.example.com:${port} {`],
    ['# tls /etc/anyon/tls/anyon.crt /etc/anyon/tls/anyon.key', `tls ${certFile} ${keyFile}`],
    ['tls /etc/anyon/tls/preview.crt /etc/anyon/tls/preview.key', `tls ${certFile} ${keyFile}`],
    ['127.0.0.1:3000', `127.0.0.1:${web}`],
    ['127.0.0.1:3001', `127.0.0.1:${previews}`],
  ]);
  return { config, text: `{\n\tadmin off\n\tauto_https disable_redirects\n}\n${example}`, args: ['run', '--config', config, '--adapter', 'caddyfile'] };
}

function nginx({ folder, port, web, previews, certificate: { certFile, keyFile } }: ProxyPlaces, plainPort: number): Start {
  const config = path.join(folder, 'nginx.conf');
  const example = exampleWith('nginx.conf', [
    [/listen (\[::\]:)?443 ssl http2;/g, `listen $1${port} ssl http2;`],
    [/listen (\[::\]:)?80;/g, `listen $1${plainPort};`],
    [/\/etc\/anyon\/tls\/\w+\.crt/g, certFile],
    [/\/etc\/anyon\/tls\/\w+\.key/g, keyFile],
    ['127.0.0.1:3000', `127.0.0.1:${web}`],
    ['127.0.0.1:3001', `127.0.0.1:${previews}`],
  ]);
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${folder}/${name};`);
  const http = ['access_log off;', 'types_hash_max_size 4096;', ...temporary, example].join('\n');
  const user = process.getuid?.() === 0 ? 'user root;\n' : '';
  return { config, text: `${user}worker_processes 1;\npid ${folder}/pid;\nerror_log stderr;\ndaemon off;\nevents {}\nhttp {\n${http}\n}\n`, args: ['-p', folder, '-e', 'stderr', '-c', config] };
}

/** The example with these parts replaced; each has to be in it. */
function exampleWith(file: string, replaced: readonly (readonly [string | RegExp, string])[]): string {
  return replaced.reduce((text, [what, by]) => {
    const next = typeof what === 'string' ? text.replaceAll(what, () => by) : text.replace(what, by);
    if (next === text) throw new Error(`docker/proxies/${file} has no ${String(what)}.`);
    return next;
  }, readFileSync(path.join(root, 'docker/proxies', file), 'utf8'));
}
