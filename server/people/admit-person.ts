import { asc, eq, sql } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import type { Role } from '@/contract/person';
import type { DatabaseOrTransaction } from '@/db/client';
import { allowedGitHub, users } from '@/db/schema';
import { recordAudit } from '@/server/audit/record-audit';
import { database } from '@/server/database';
import { env } from '@/server/env';
import { fixedGitHubIds } from '@/server/people/admission-rule';
import type { Admission } from '@/server/people/admit-owner';
import { withPeopleLocked } from '@/server/people/people-lock';
import { consumeSetupToken } from '@/server/people/setup-token';

/** What GitHub says about a person. The numeric id is the identity: a login can be renamed and taken by somebody else. */
export interface GitHubPerson {
  readonly id: number;
  readonly login: string;
  readonly name: string | null;
  readonly avatarUrl: string | null;
}

interface AdmissionRequest {
  person: GitHubPerson;
  /** Asks GitHub for the ids of the person's organisations; called only where the list makes it matter. Throws when GitHub does not answer: then nobody is let in. */
  readOrganisations: () => Promise<number[]>;
  /** The one-time token of the installation, when the person came with one; it counts in `cloud` only. */
  setupToken: string | null;
}

/**
 * Whether the person behind a GitHub account may sign in: their id is on the list, or that of an organisation of theirs. Makes the
 * person when they are new; names are refreshed from GitHub, e-mail addresses play no part. In `cloud` whoever brings the setup
 * token becomes the first administrator, once: later tokens open nothing. Decision 0016.
 */
export async function admitGitHubPerson({ person, readOrganisations, setupToken }: AdmissionRequest): Promise<Admission> {
  const list = await readList(database());
  const memberOf = list.people.has(person.id) || list.organisations.size === 0 ? [] : await readOrganisations();
  return withPeopleLocked(async (transaction) => {
    const [known] = await transaction.select().from(users).where(eq(users.githubId, person.id));
    if (known?.disabledAt) return { refusal: 'AccessDenied' };
    if (setupToken !== null && env().ANYON_DEPLOYMENT_MODE === 'cloud') return bindFirstAdmin(transaction, known, person, setupToken);
    const now = await readList(transaction);
    const organisationId = memberOf.find((id) => now.organisations.has(id)) ?? null;
    if (!now.people.has(person.id) && organisationId === null) return { refusal: 'AccessDenied' };
    return keep(transaction, known, person, { role: known?.role ?? 'member', organisationId: now.people.has(person.id) ? null : organisationId });
  });
}

async function readList(db: DatabaseOrTransaction): Promise<{ people: Set<number>; organisations: Set<number> }> {
  const rows = await db.select({ kind: allowedGitHub.kind, githubId: allowedGitHub.githubId }).from(allowedGitHub);
  const ids = (wanted: 'person' | 'organisation') => rows.filter(({ kind }) => kind === wanted).map(({ githubId }) => githubId);
  return { people: new Set([...fixedGitHubIds(), ...ids('person')]), organisations: new Set(ids('organisation')) };
}

/**
 * Uses the token up for this account, puts it on the list and makes it the first administrator. A disabled administrator counts: the
 * one of the beginning is there once. The owner of an install that was local before, who has no account, becomes the owner of this one.
 */
async function bindFirstAdmin(transaction: DatabaseOrTransaction, known: PersonRow | undefined, person: GitHubPerson, token: string): Promise<Admission> {
  const admins = await transaction.select().from(users).where(eq(users.role, 'admin')).orderBy(asc(users.createdAt), asc(users.id));
  if (admins.some(({ githubId }) => githubId !== null)) return { refusal: 'setup-token-bound' };
  const refusal = await consumeSetupToken(transaction, token);
  if (refusal) return { refusal };
  await transaction.insert(allowedGitHub).values({ kind: 'person', githubId: person.id, login: person.login }).onConflictDoNothing();
  return keep(transaction, known ?? admins.find(({ disabledAt }) => disabledAt === null), person, { role: 'admin', organisationId: null });
}

type PersonRow = typeof users.$inferSelect;

async function keep(transaction: DatabaseOrTransaction, known: PersonRow | undefined, person: GitHubPerson, { role, organisationId }: { role: Role; organisationId: number | null }): Promise<Admission> {
  const shown = { githubId: person.id, login: person.login, name: person.name, avatarUrl: person.avatarUrl, role, admittedAt: sql`now()`, admittedOrganisationId: organisationId };
  const userId = known?.id ?? uuidv7();
  if (known) await transaction.update(users).set(shown).where(eq(users.id, known.id));
  else await transaction.insert(users).values({ ...shown, id: userId });
  if (known?.role === role && known.githubId !== null) return { userId };
  const action = known ? 'role_changed' : 'person_added';
  await recordAudit(transaction, { action, actor: { userId, login: person.login }, subject: { id: userId, name: person.login }, details: { role, githubId: person.id } });
  return { userId };
}
