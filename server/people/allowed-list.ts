import { and, asc, eq } from 'drizzle-orm';
import type { Actor } from '@/contract/actor';
import type { AllowedEntry, AllowInput, DisallowInput } from '@/contract/person';
import type { DatabaseOrTransaction } from '@/db/client';
import { allowedGitHub, users } from '@/db/schema';
import { recordAudit } from '@/server/audit/record-audit';
import { gitHubTokenOf } from '@/server/connections/github/github-health';
import { database } from '@/server/database';
import { AnyonError, isAnyonError } from '@/server/errors';
import { gitHubHost } from '@/server/github/github-host';
import { lookUpLogin } from '@/server/github/organisations';
import { fixedGitHubIds } from '@/server/people/admission-rule';
import { lockAsAdmin } from '@/server/people/lock-as-admin';
import { findLiveSession } from '@/server/people/sessions';

/** Who may sign in: first what the environment names, then what administrators added. */
export async function listAllowed(_admin: Actor): Promise<AllowedEntry[]> {
  const rows = await database()
    .select({ kind: allowedGitHub.kind, githubId: allowedGitHub.githubId, login: allowedGitHub.login, addedByLogin: users.login, addedAt: allowedGitHub.addedAt })
    .from(allowedGitHub)
    .leftJoin(users, eq(users.id, allowedGitHub.addedById))
    .orderBy(asc(allowedGitHub.kind), asc(allowedGitHub.login));
  const fixed = new Set(fixedGitHubIds());
  const known = await database().select({ githubId: users.githubId, login: users.login }).from(users);
  const named = [...fixed].map((githubId) => ({ kind: 'person' as const, githubId, login: known.find((person) => person.githubId === githubId)?.login ?? String(githubId), addedByLogin: null, addedAt: null, fixed: true }));
  return [...named, ...rows.filter(({ kind, githubId }) => kind === 'organisation' || !fixed.has(githubId)).map((row) => ({ ...row, fixed: false }))];
}

/** Puts a person or an organisation on the list. GitHub is asked once for the numeric id; from then on only that counts. */
export async function allow(admin: Actor, { kind, login }: AllowInput): Promise<{ githubId: number; login: string }> {
  const found = await lookUp(admin, { kind, login });
  await lockAsAdmin(admin, async (transaction) => {
    const added = await transaction.insert(allowedGitHub).values({ kind, githubId: found.id, login: found.login, addedById: admin.userId }).onConflictDoNothing().returning();
    if (added.length > 0) await recordAudit(transaction, { action: 'allowed', actor: admin, subject: { id: String(found.id), name: found.login }, details: { kind } });
  });
  return { githubId: found.id, login: found.login };
}

/** With the token of the actor's own connection where it works: an Enterprise server may tell strangers nothing. */
async function lookUp(admin: Actor, { kind, login }: AllowInput): Promise<{ id: number; login: string }> {
  const connected = await gitHubTokenOf(database(), admin.userId);
  const token = connected?.host === gitHubHost() ? connected.value : null;
  const isRefused = (error: unknown) => isAnyonError(error) && error.kind === 'unauthenticated';
  try {
    return await lookUpLogin(kind, login, token).catch((error: unknown) => {
      if (token === null || !isRefused(error)) throw error;
      return lookUpLogin(kind, login, null);
    });
  } catch (error) {
    if (isRefused(error)) throw new AnyonError('precondition', 'This GitHub tells strangers nothing. Connect GitHub (Settings, Connections), then try again.');
    throw error;
  }
}

/** Takes an entry off the list. Whoever was here by it alone is out with their next request. Throws `conflict` for what would lock the actor out. */
export async function disallow(admin: Actor, { kind, githubId }: DisallowInput): Promise<{ githubId: number }> {
  if (kind === 'person' && fixedGitHubIds().includes(githubId)) throw new AnyonError('conflict', 'ANYON_ALLOWED_GITHUB_IDS names this id. Take it out there and restart Anyon.');
  await lockAsAdmin(admin, async (transaction) => {
    const [entry] = await transaction.delete(allowedGitHub).where(and(eq(allowedGitHub.kind, kind), eq(allowedGitHub.githubId, githubId))).returning();
    if (!entry) return;
    await assertStillIn(transaction, admin);
    await recordAudit(transaction, { action: 'disallowed', actor: admin, subject: { id: String(githubId), name: entry.login }, details: { kind } });
  });
  return { githubId };
}

async function assertStillIn(transaction: DatabaseOrTransaction, admin: Actor): Promise<void> {
  if (!(await findLiveSession(transaction, admin))) throw new AnyonError('conflict', 'You yourself are let in by this entry. Put yourself on the list another way first, or ask another administrator.');
}

/** True when organisations are on the list: then sign-in asks GitHub for the right to see them. */
export async function areOrganisationsAllowed(): Promise<boolean> {
  return (await database().select({ githubId: allowedGitHub.githubId }).from(allowedGitHub).where(eq(allowedGitHub.kind, 'organisation')).limit(1)).length > 0;
}
