import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A person on the fake GitHub. */
export interface FakeGitHubUser {
  id: number;
  login: string;
  name: string | null;
  email: string | null;
  avatar_url: string;
}

/** What the fake does wrong on purpose; changed by a test between requests. */
export interface FakeGitHubFaults {
  /** `iss` in the way back: null leaves it out (older Enterprise servers), a text replaces it. */
  issuer?: string | null;
  /** Replaces `state` in the way back. */
  state?: string;
  /** The person says no. */
  denies?: boolean;
  /** Status of GET /user. */
  userStatus?: number;
}

export interface FakeGitHub {
  /** For ANYON_GITHUB_URL. */
  url: string;
  /** For ANYON_GITHUB_API_URL; it also answers below `<url>/api/v3`, as Enterprise servers do. */
  apiUrl: string;
  clientId: string;
  clientSecret: string;
  /** Who is signed in on GitHub's side: the next authorization is theirs. */
  user: FakeGitHubUser;
  faults: FakeGitHubFaults;
  /** Every request so far, as `METHOD /path`. */
  requests: string[];
  close: () => Promise<void>;
}

interface Grant {
  user: FakeGitHubUser;
  redirectUri: string;
  challenge: string;
}

/**
 * GitHub's OAuth web flow and GET /user as far as sign-in uses them, over real HTTP: it redirects as GitHub does, refuses
 * what GitHub refuses (unknown client, wrong secret, used code, wrong PKCE verifier), and insists on state and PKCE S256.
 * Source: docs.github.com, "Authorizing OAuth apps".
 */
export async function startFakeGitHub(options: { port?: number } = {}): Promise<FakeGitHub> {
  const grants = new Map<string, Grant>();
  const tokens = new Map<string, FakeGitHubUser>();
  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      send(response, 500, { message: String(error) });
    });
  });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(options.port ?? 0, '127.0.0.1', resolve));
  // `localhost` and not the number: Next rewrites 127.0.0.1 to localhost, and the two have different cookies.
  const url = `http://localhost:${(server.address() as AddressInfo).port}`;
  const fake: FakeGitHub = {
    url,
    apiUrl: `${url}/api/v3`,
    clientId: 'Iv1.fake',
    clientSecret: randomBytes(20).toString('hex'),
    user: { id: 583_231, login: 'octocat', name: 'The Octocat', email: null, avatar_url: `${url}/avatars/583231` },
    faults: {},
    requests: [],
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return fake;

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const address = new URL(request.url ?? '/', url);
    fake.requests.push(`${request.method} ${address.pathname}`);
    if (address.pathname === '/login/oauth/authorize') return authorize(address.searchParams, response);
    if (address.pathname === '/login/oauth/access_token' && request.method === 'POST') return exchange(request, await readBody(request), response);
    if (/^(\/api\/v3)?\/user$/.test(address.pathname)) return sendUser(request, response);
    send(response, 404, { message: 'Not Found' });
  }

  function authorize(query: URLSearchParams, response: ServerResponse): void {
    const redirectUri = query.get('redirect_uri') ?? '';
    const challenge = query.get('code_challenge') ?? '';
    const asked = query.get('client_id') === fake.clientId && URL.canParse(redirectUri);
    if (!asked || !query.get('state') || !challenge || query.get('code_challenge_method') !== 'S256') {
      return send(response, 400, { message: 'The request needs client_id, redirect_uri, state and a PKCE challenge (S256).' });
    }
    const back = new URL(redirectUri);
    if (fake.faults.denies) back.searchParams.set('error', 'access_denied');
    else {
      const code = randomUUID();
      grants.set(code, { user: fake.user, redirectUri, challenge });
      back.searchParams.set('code', code);
    }
    back.searchParams.set('state', fake.faults.state ?? query.get('state') ?? '');
    const issuer = fake.faults.issuer === undefined ? `${url}/login/oauth` : fake.faults.issuer;
    if (issuer !== null) back.searchParams.set('iss', issuer);
    response.writeHead(302, { location: back.href }).end();
  }

  function exchange(request: IncomingMessage, body: URLSearchParams, response: ServerResponse): void {
    const [id, secret] = clientOf(request, body);
    if (id !== fake.clientId || secret !== fake.clientSecret) return send(response, 200, { error: 'incorrect_client_credentials' });
    const grant = grants.get(body.get('code') ?? '');
    grants.delete(body.get('code') ?? ''); // a code works once
    const proof = createHash('sha256').update(body.get('code_verifier') ?? '').digest('base64url');
    if (!grant || proof !== grant.challenge || body.get('redirect_uri') !== grant.redirectUri) return send(response, 200, { error: 'bad_verification_code' });
    const token = `gho_${randomBytes(18).toString('hex')}`;
    tokens.set(token, grant.user);
    send(response, 200, { access_token: token, token_type: 'bearer', scope: 'read:user' });
  }

  function sendUser(request: IncomingMessage, response: ServerResponse): void {
    if (fake.faults.userStatus) return send(response, fake.faults.userStatus, { message: 'Server Error' });
    const user = tokens.get((request.headers.authorization ?? '').replace(/^Bearer /, ''));
    if (user) send(response, 200, user);
    else send(response, 401, { message: 'Bad credentials' });
  }
}

function clientOf(request: IncomingMessage, body: URLSearchParams): [string | null, string | null] {
  const basic = /^Basic (.+)$/.exec(request.headers.authorization ?? '')?.[1];
  if (!basic) return [body.get('client_id'), body.get('client_secret')];
  const [id, secret] = Buffer.from(basic, 'base64').toString().split(':').map(decodeURIComponent);
  return [id ?? null, secret ?? null];
}

async function readBody(request: IncomingMessage): Promise<URLSearchParams> {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  return new URLSearchParams(text);
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
