import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { answerAccount, answerOrganisations, type FakeOrganisation } from '@/tests/fakes/fake-github-accounts';
import { answerRepositories, type FakeRepository } from '@/tests/fakes/fake-github-repositories';
import { FakeTokens, tokenHeaders } from '@/tests/fakes/fake-github-tokens';
import type { FakeGitHubUser } from '@/tests/fakes/fake-github-user';

export type { FakeGitHubUser };

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
  /** Status of GET /user/orgs. */
  organisationsStatus?: number;
  /** An Enterprise server in private mode: who has no token is told nothing. */
  strangersStatus?: 401;
  /** Status of every call to the API. */
  apiStatus?: number;
  /** What the answer to the next call with a good token waits for: by then the token may not be good any more. */
  apiHold?: Promise<unknown>;
  /** Where every call to the API is sent on to. */
  apiRedirect?: string;
}

export interface FakeGitHub {
  /** For ANYON_GITHUB_URL. */
  url: string;
  /** For ANYON_GITHUB_API_URL; it also answers below `<url>/api/v3`, as Enterprise servers do. */
  apiUrl: string;
  clientId: string;
  clientSecret: string;
  /** The address that the OAuth app is registered with: it sends nobody back to one that is not below it. Null: anywhere. */
  callbackUrl: string | null;
  /** Who is signed in on GitHub's side: the next authorization is theirs. */
  user: FakeGitHubUser;
  faults: FakeGitHubFaults;
  /** Tokens that it knows; those of the OAuth flow come by themselves, others are added. */
  tokens: FakeTokens;
  repositories: FakeRepository[];
  organisations: FakeOrganisation[];
  /** Whom a search for a login or an id finds, beside `user`. */
  people: FakeGitHubUser[];
  /** Every request so far, as `METHOD /path`. */
  requests: string[];
  /** So often it has said that nothing has changed. */
  notModified: number;
  close: () => Promise<void>;
}

interface Grant {
  user: FakeGitHubUser;
  scopes: string[];
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
  const tokens = new FakeTokens();
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
    callbackUrl: null,
    user: { id: 583_231, login: 'octocat', name: 'The Octocat', email: null, avatar_url: `${url}/avatars/583231` },
    faults: {},
    tokens,
    repositories: [],
    organisations: [],
    people: [],
    requests: [],
    notModified: 0,
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
    const [, place] = /^(?:\/api\/v3)?(\/(?:user|users|repos|search)(?:\/.*)?)$/.exec(address.pathname) ?? [];
    if (address.pathname === '/api/graphql' && request.method === 'POST') return answerApi('/graphql', address.searchParams, request, response);
    if (place) return answerApi(place, address.searchParams, request, response);
    send(response, 404, { message: 'Not Found' });
  }

  function authorize(query: URLSearchParams, response: ServerResponse): void {
    const redirectUri = query.get('redirect_uri') ?? '';
    const challenge = query.get('code_challenge') ?? '';
    const asked = query.get('client_id') === fake.clientId && URL.canParse(redirectUri);
    if (!asked || !query.get('state') || !challenge || query.get('code_challenge_method') !== 'S256') {
      return send(response, 400, { message: 'The request needs client_id, redirect_uri, state and a PKCE challenge (S256).' });
    }
    if (fake.callbackUrl !== null && redirectUri !== fake.callbackUrl && !redirectUri.startsWith(`${fake.callbackUrl}/`)) return send(response, 400, { message: 'The redirect_uri is not associated with this application.' });
    const back = new URL(redirectUri);
    if (fake.faults.denies) back.searchParams.set('error', 'access_denied');
    else {
      const code = randomUUID();
      grants.set(code, { user: fake.user, scopes: (query.get('scope') ?? '').split(/[ ,]/).filter(Boolean), redirectUri, challenge });
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
    const token = tokens.add(grant.user, { prefix: 'gho_', scopes: grant.scopes });
    send(response, 200, { access_token: token.value, token_type: 'bearer', scope: grant.scopes.join(',') });
  }

  /** The API for whoever has a token: `/user`, repositories and pull requests. */
  async function answerApi(place: string, query: URLSearchParams, request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (fake.faults.apiRedirect) return void response.writeHead(302, { location: fake.faults.apiRedirect }).end();
    const status = fake.faults.apiStatus ?? (place === '/user' ? fake.faults.userStatus : undefined);
    if (status) return send(response, status, { message: 'Server Error' });
    const token = tokens.of(request);
    const account = answerAccount({ organisations: fake.organisations, people: [fake.user, ...fake.people] }, place);
    const isRefused = !token && (request.headers.authorization !== undefined || fake.faults.strangersStatus !== undefined);
    if (account && !isRefused) return send(response, account.status, account.body);
    if (!token) return send(response, 401, { message: 'Bad credentials' });
    const spent = token.callsLeft === 0;
    if (token.callsLeft) token.callsLeft -= 1;
    const headers = tokenHeaders(token);
    const { apiHold } = fake.faults;
    delete fake.faults.apiHold;
    await apiHold;
    if (spent) return send(response, 403, { message: 'API rate limit exceeded for user ID 1.' }, headers);
    if (place === '/user') return send(response, 200, token.user, headers);
    if (place === '/user/orgs') {
      const { status: code, body } = fake.faults.organisationsStatus ? { status: fake.faults.organisationsStatus, body: { message: 'Server Error' } } : answerOrganisations(fake, token);
      return send(response, code, body, headers);
    }
    const answer = answerRepositories({ url, token, repositories: fake.repositories }, { method: request.method ?? 'GET', place, query, body: await readText(request), ifNoneMatch: request.headers['if-none-match'] });
    if (answer.status === 304) fake.notModified += 1;
    send(response, answer.status, answer.body, { ...headers, ...answer.headers });
  }
}

function clientOf(request: IncomingMessage, body: URLSearchParams): [string | null, string | null] {
  const basic = /^Basic (.+)$/.exec(request.headers.authorization ?? '')?.[1];
  if (!basic) return [body.get('client_id'), body.get('client_secret')];
  const [id, secret] = Buffer.from(basic, 'base64').toString().split(':').map(decodeURIComponent);
  return [id ?? null, secret ?? null];
}

async function readBody(request: IncomingMessage): Promise<URLSearchParams> {
  return new URLSearchParams(await readText(request));
}

async function readText(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  return text;
}

function send(response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}): void {
  response.writeHead(status, { ...headers, 'content-type': 'application/json; charset=utf-8' }).end(status === 304 ? undefined : JSON.stringify(body));
}
