import type { FakeGitHubUser } from '@/tests/fakes/fake-github-user';
import type { FakeToken } from '@/tests/fakes/fake-github-tokens';

export interface FakeOrganisation {
  id: number;
  login: string;
  /** Numeric ids of its members. */
  members: number[];
}

interface Answer {
  status: number;
  body: unknown;
}

interface Accounts {
  organisations: FakeOrganisation[];
  people: FakeGitHubUser[];
}

/** GET /user/orgs: with a classic token only for the scope `read:org`; a fine-grained one sees what it was given, here nothing. */
export function answerOrganisations({ organisations }: Accounts, token: FakeToken): Answer {
  if (token.scopes === null) return { status: 200, body: [] };
  if (!token.scopes.some((scope) => ['read:org', 'user', 'admin:org'].includes(scope))) return { status: 403, body: { message: 'You need at least read:org scope or user scope to list your organizations.' } };
  return { status: 200, body: organisations.filter(({ members }) => members.includes(token.user.id)).map(({ id, login }) => ({ id, login })) };
}

/** GET /users/{login} and /user/{id}, which answer anybody; logins are compared without regard to case. Null: the address is another one. */
export function answerAccount({ organisations, people }: Accounts, place: string): Answer | null {
  const [, login, id] = /^\/(?:users\/([^/]+)|user\/(\d+))$/.exec(place) ?? [];
  if (login === undefined && id === undefined) return null;
  const all = [...people.map((person) => ({ id: person.id, login: person.login, type: 'User' })), ...organisations.map((organisation) => ({ id: organisation.id, login: organisation.login, type: 'Organization' }))];
  const found = all.find((account) => (login === undefined ? String(account.id) === id : account.login.toLowerCase() === login.toLowerCase()));
  return found ? { status: 200, body: found } : { status: 404, body: { message: 'Not Found' } };
}
