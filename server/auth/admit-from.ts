import type { SignInVia } from '@/contract/person';
import { limitAccount } from '@/server/auth/sign-in-limits';
import { clientAddress } from '@/server/client-address';
import { isAnyonError } from '@/server/errors';
import { listOrganisationIds } from '@/server/github/organisations';
import { log } from '@/server/log';
import { admitGitHubPerson, type GitHubPerson } from '@/server/people/admit-person';
import type { Admission } from '@/server/people/admit-owner';
import { recordRefusal } from '@/server/people/sign-in';
import { RateLimitedError } from '@/server/rate-limits';

interface Arrival {
  headers: Headers;
  via: SignInVia;
  person: GitHubPerson;
  /** Theirs; asked for their organisations where the list has some, and then forgotten. */
  token: string;
  setupToken: string | null;
}

/** Whether the person whom GitHub named may come in, by OAuth or by token: the same rules for both. A refusal is written down. When GitHub does not answer, nobody is let in. */
export async function admitFrom(arrival: Arrival): Promise<Admission> {
  const { headers, via, person } = arrival;
  const admission = await decide(arrival);
  if ('refusal' in admission) await recordRefusal({ via, reason: admission.refusal, from: clientAddress(headers), account: person });
  return admission;
}

async function decide({ person, token, setupToken }: Arrival): Promise<Admission> {
  try {
    await limitAccount(person.id);
    return await admitGitHubPerson({ person, readOrganisations: () => organisationsOf(token), setupToken });
  } catch (error) {
    if (error instanceof RateLimitedError) return { refusal: 'rate-limited' };
    if (!isAnyonError(error)) throw error;
    log().warn({ err: error }, 'GitHub could not be asked for the organisations of a person who signs in');
    return { refusal: 'github-unreachable' };
  }
}

/** A token that may not see organisations confirms none. */
async function organisationsOf(token: string): Promise<number[]> {
  try {
    return await listOrganisationIds(token);
  } catch (error) {
    if (isAnyonError(error) && (error.kind === 'forbidden' || error.kind === 'unauthenticated')) return [];
    throw error;
  }
}
