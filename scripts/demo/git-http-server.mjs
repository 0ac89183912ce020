import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';

/**
 * Serves bare repositories by git's own smart HTTP back-end (`git http-backend`), so that clones and pushes are real.
 * `directory` holds `<name>.git`; a repository whose name begins with `private-` asks for a sign-in, as a private one does.
 * @param {{ directory: string, host: string, port?: number }} options
 * @returns {Promise<{ url: string, close: () => Promise<void> }>}
 */
export async function startGitHttpServer({ directory, host, port = 0 }) {
  const server = http.createServer((request, response) => serve(directory, request, response));
  await new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => resolve(undefined));
  });
  const address = /** @type {import('node:net').AddressInfo} */ (server.address());
  const close = () =>
    new Promise((resolve) => {
      server.close(() => resolve(undefined));
      server.closeAllConnections();
    });
  return { url: `http://${host}:${address.port}`, close };
}

/**
 * Makes `<directory>/<name>.git` with one commit of these files on `main`.
 * @param {{ directory: string, name: string, files: Record<string, string>, branches?: string[] }} options
 */
export function createRepository({ directory, name, files, branches = [] }) {
  const bare = path.join(directory, `${name}.git`);
  const work = fs.mkdtempSync(path.join(directory, '.work-'));
  git(work, ['init', '--quiet', '--initial-branch=main']);
  for (const [file, content] of Object.entries(files)) {
    fs.mkdirSync(path.dirname(path.join(work, file)), { recursive: true });
    fs.writeFileSync(path.join(work, file), content);
  }
  git(work, ['add', '--all']);
  git(work, ['-c', 'user.name=Anyon', '-c', 'user.email=anyon@localhost', 'commit', '--quiet', '--message=First commit']);
  for (const branch of branches) git(work, ['branch', branch]);
  git(directory, ['clone', '--quiet', '--bare', work, bare]);
  git(bare, ['config', 'http.receivepack', 'true']);
  fs.rmSync(work, { recursive: true });
}

function git(cwd, args) {
  const result = spawnSync('git', args, { cwd, encoding: 'utf8', env: { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_SYSTEM: '/dev/null' } });
  if (result.error) throw new Error(`git is missing: ${result.error.message}. Install it (apt-get install git).`);
  if (result.status !== 0) throw new Error(`git ${args[0]} failed: ${result.stderr}`);
}

function serve(directory, request, response) {
  const url = new URL(request.url ?? '/', 'http://localhost');
  if (url.pathname.startsWith('/private-') && !request.headers.authorization) {
    response.writeHead(401, { 'www-authenticate': 'Basic realm="git"' }).end('sign in\n');
    return;
  }
  const backend = spawn('git', ['http-backend'], {
    env: {
      PATH: process.env.PATH,
      GIT_PROJECT_ROOT: directory,
      GIT_HTTP_EXPORT_ALL: '1',
      GIT_CONFIG_COUNT: '1',
      GIT_CONFIG_KEY_0: 'safe.directory',
      GIT_CONFIG_VALUE_0: '*',
      REQUEST_METHOD: request.method,
      PATH_INFO: url.pathname,
      QUERY_STRING: url.search.slice(1),
      CONTENT_TYPE: request.headers['content-type'] ?? '',
      CONTENT_LENGTH: request.headers['content-length'] ?? '',
      HTTP_CONTENT_ENCODING: request.headers['content-encoding'] ?? '',
      GIT_PROTOCOL: request.headers['git-protocol'] ?? '',
      REMOTE_USER: 'anyon',
      REMOTE_ADDR: '127.0.0.1',
    },
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  request.pipe(backend.stdin);
  backend.stdin.on('error', () => {}); // the back-end may end before it has read everything
  forwardCgi(backend.stdout, response);
}

/** CGI: header lines, an empty line, then the body. */
function forwardCgi(stdout, response) {
  let head = Buffer.alloc(0);
  stdout.on('data', function onHead(chunk) {
    head = Buffer.concat([head, chunk]);
    const end = head.indexOf('\r\n\r\n');
    if (end < 0) return;
    stdout.off('data', onHead);
    const headers = Object.fromEntries(
      head.toString('latin1', 0, end).split('\r\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()]),
    );
    response.writeHead(Number.parseInt(headers.Status ?? '200', 10), headers);
    response.write(head.subarray(end + 4));
    stdout.pipe(response);
  });
  stdout.on('end', () => {
    if (!response.headersSent) response.writeHead(500).end();
  });
}
