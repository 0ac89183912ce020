import { z } from 'zod';
import { AnyonError, isAnyonError } from '@/server/errors';
import { askGitHub } from '@/server/github/ask-github';
import { gitHubClient } from '@/server/github/github-client';

const MOST_PAGES = 10;

const organisations = z.array(z.object({ id: z.number().int().positive() }));
const account = z.object({ id: z.number().int().positive(), login: z.string().min(1).max(100), type: z.string() });

/**
 * The numeric ids of the organisations that GitHub names for the owner of this token. One that is absent is not proof that the
 * person is no member: the token may be allowed to see less (a scope, single sign-on, an organisation that admits no such tokens).
 * Throws as `readGitHubAccount` does.
 */
export async function listOrganisationIds(token: string): Promise<number[]> {
  const client = gitHubClient(token);
  const ids: number[] = [];
  for (let page = 1; page <= MOST_PAGES; page++) {
    const { data } = await askGitHub(() => client.rest.orgs.listForAuthenticatedUser({ per_page: 100, page }));
    const parsed = organisations.safeParse(data);
    if (!parsed.success) throw new AnyonError('unavailable', 'GitHub’s answer about organisations cannot be read. Try again later.');
    ids.push(...parsed.data.map(({ id }) => id));
    if (parsed.data.length < 100) break;
  }
  return ids;
}

/** True when GitHub confirms with this token that its owner is a member of the organisation with this numeric id. */
export async function isOrganisationMember(token: string, organisationId: number): Promise<boolean> {
  return (await listOrganisationIds(token)).includes(organisationId);
}

/**
 * The account behind a login, or behind a numeric id (all digits). Throws `not_found` when there is none, `invalid` when it is of
 * the other kind. Without a token GitHub answers some sixty questions an hour.
 */
export async function lookUpLogin(kind: 'person' | 'organisation', login: string, token: string | null): Promise<{ id: number; login: string }> {
  const client = gitHubClient(token);
  const ask = () => (/^\d+$/.test(login) ? client.rest.users.getById({ account_id: Number(login) }) : client.rest.users.getByUsername({ username: login }));
  const { data } = await askGitHub<{ data: unknown }>(ask).catch((error: unknown) => {
    if (isAnyonError(error) && error.kind === 'not_found') throw new AnyonError('not_found', `GitHub knows nobody named ${login}. Check the spelling.`);
    throw error;
  });
  const parsed = account.safeParse(data);
  if (!parsed.success) throw new AnyonError('unavailable', 'GitHub’s answer cannot be read. Try again later.');
  const found = parsed.data.type === 'Organization' ? 'organisation' : 'person';
  if (found !== kind) throw new AnyonError('invalid', `${parsed.data.login} is ${found === 'person' ? 'a person' : 'an organisation'} on GitHub. Add it as one.`);
  return { id: parsed.data.id, login: parsed.data.login };
}
