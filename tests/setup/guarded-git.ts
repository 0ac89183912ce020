import http from 'node:http';
import type { AddressInfo } from 'node:net';

/** A git server that wants a sign-in, in front of the test product's own, which takes whatever is signed in. */
export interface GuardedGit {
  url: string;
  /** As a connection names it. */
  host: string;
  /** What git showed, request by request; null where it showed nothing. */
  shown: (string | null)[];
  /** Replaces whom it lets in; a token of null lets in nobody. */
  accept: (login: string, token: string | null) => void;
  close: () => Promise<void>;
}

/** Answers 401 to whoever does not show the right login and token, as GitHub does. */
export async function startGuardedGit(target: string, address: string): Promise<GuardedGit> {
  const shown: (string | null)[] = [];
  let right: string | null = null;
  const server = http.createServer((request, response) => {
    const { authorization = null } = request.headers;
    shown.push(authorization);
    if (right === null || authorization !== right) {
      request.resume();
      response.writeHead(401, { 'www-authenticate': 'Basic realm="git"' }).end('sign in\n');
      return;
    }
    const onward = http.request(`${target}${request.url}`, { method: request.method, headers: request.headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    onward.on('error', () => response.destroy());
    request.pipe(onward);
  });
  await new Promise<void>((resolve) => server.listen(0, address, resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://${address}:${port}`,
    host: `${address}:${port}`,
    shown,
    accept: (login, token) => {
      right = token === null ? null : `Basic ${Buffer.from(`${login}:${token}`).toString('base64')}`;
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
