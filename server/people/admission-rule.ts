import { and, gt, inArray, isNull, or, sql, type SQL } from 'drizzle-orm';
import { allowedGitHub, users } from '@/db/schema';
import { env } from '@/server/env';

/** For so long a confirmed membership of an organisation lets a person in. */
export const MEMBERSHIP_HOLDS_MINUTES = 60;

/**
 * Whether the person of a row of `users` may be here at this moment, as a condition of SQL: they are the owner of a local install (no
 * GitHub account), or on the list by their own id, or in an organisation on the list whose membership GitHub has confirmed within
 * the hour. Asked with every request, so taking a person off the list ends what they have open. Decision 0016.
 */
export function isAdmitted(fixed: number[] = fixedGitHubIds()): SQL {
  const listed = sql`exists (select 1 from ${allowedGitHub} where ${allowedGitHub.kind} = 'person' and ${allowedGitHub.githubId} = ${users.githubId})`;
  const throughOrganisation = and(
    sql`exists (select 1 from ${allowedGitHub} where ${allowedGitHub.kind} = 'organisation' and ${allowedGitHub.githubId} = ${users.admittedOrganisationId})`,
    gt(users.admittedAt, sql`now() - make_interval(mins => ${MEMBERSHIP_HOLDS_MINUTES})`),
  );
  const rules = or(isNull(users.githubId), fixed.length > 0 ? inArray(users.githubId, fixed) : undefined, listed, throughOrganisation);
  return and(isNull(users.disabledAt), rules) ?? sql`false`;
}

/** The ids that the environment names: nobody can take them off the list on a page. */
export function fixedGitHubIds(): number[] {
  return env().ANYON_ALLOWED_GITHUB_IDS.map(Number);
}
