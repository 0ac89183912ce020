import { and, asc, eq, isNull, sql } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import type { Database, DatabaseOrTransaction } from '@/db/client';
import { users } from '@/db/schema';

/** Taken while a person is added, so that two first sign-ins at once make one owner. */
const PEOPLE_LOCK = 7_203_513;

/** What GitHub says about a person. The numeric id is the identity: a login can be renamed and taken by somebody else. */
export interface GitHubPerson {
  readonly id: number;
  readonly login: string;
  readonly name: string | null;
  readonly avatarUrl: string | null;
}

/** The owner: the first administrator. Made when there is none yet. Null when the owner is disabled. */
export async function findOrCreateOwner(database: Database): Promise<{ id: string } | null> {
  return database.transaction(async (transaction) => {
    await transaction.execute(sql`select pg_advisory_xact_lock(${PEOPLE_LOCK})`);
    const [owner] = await transaction.select().from(users).where(eq(users.role, 'admin')).orderBy(asc(users.createdAt), asc(users.id)).limit(1);
    if (owner) return owner.disabledAt ? null : { id: owner.id };
    return insertPerson(transaction, { login: 'owner', role: 'admin' });
  });
}

/**
 * The person behind a GitHub account, if they may sign in: their id is on the list, or they were let in before and are
 * still enabled. An empty list lets nobody new in. Names are refreshed from GitHub. E-mail addresses play no part. In
 * `cloud` mode nobody else could, so there the first person on the list becomes the administrator.
 */
export async function admitGitHubPerson(
  database: Database,
  person: GitHubPerson,
  rules: { allowedIds: readonly string[]; firstIsAdmin: boolean },
): Promise<{ id: string } | null> {
  return database.transaction(async (transaction) => {
    await transaction.execute(sql`select pg_advisory_xact_lock(${PEOPLE_LOCK})`);
    const shown = { login: person.login, name: person.name, avatarUrl: person.avatarUrl };
    const [known] = await transaction.select().from(users).where(eq(users.githubId, person.id));
    if (known?.disabledAt) return null;
    if (known) {
      await transaction.update(users).set(shown).where(eq(users.id, known.id));
      return { id: known.id };
    }
    if (!rules.allowedIds.includes(String(person.id))) return null;
    const role = rules.firstIsAdmin && !(await hasAdmin(transaction)) ? 'admin' : 'member';
    return insertPerson(transaction, { ...shown, githubId: person.id, role });
  });
}

async function hasAdmin(transaction: DatabaseOrTransaction): Promise<boolean> {
  const admins = await transaction.select({ id: users.id }).from(users).where(and(eq(users.role, 'admin'), isNull(users.disabledAt))).limit(1);
  return admins.length > 0;
}

async function insertPerson(transaction: DatabaseOrTransaction, values: Omit<typeof users.$inferInsert, 'id'>): Promise<{ id: string }> {
  const id = uuidv7();
  await transaction.insert(users).values({ ...values, id });
  return { id };
}
