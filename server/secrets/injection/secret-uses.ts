import { and, eq, inArray, isNull, isNotNull, sql } from 'drizzle-orm';
import { secrets, secretUses, users } from '@/db/schema';
import { recordAudit } from '@/server/audit/record-audit';
import { database } from '@/server/database';
import type { Injection, SecretFile } from '@/server/secrets/injection/secret-file';
import { holdVersions } from '@/server/secrets/vault';

/** What one text of the audit holds. */
const NAMES_LENGTH = 400;

/**
 * Writes down who is given what, before anything is: the masker of a run knows every value by these rows, also when the next step
 * is never reached. Repeating it writes nothing new. Throws `conflict` when a version has just been removed.
 */
export async function noteSecretUses(injection: Injection, files: readonly SecretFile[]): Promise<void> {
  const given = files.flatMap(({ secret }) => secret ?? []);
  if (given.length === 0) return;
  const { attempt, workspaceId, runId, userId } = injection;
  await database().transaction(async (transaction) => {
    await holdVersions(transaction, given.map(({ id, version }) => ({ secretId: id, version })));
    const fresh = await transaction
      .insert(secretUses)
      .values(given.map(({ id, version, name }) => ({ attempt, secretId: id, version, secretName: name, workspaceId, runId, userId })))
      .onConflictDoUpdate({ target: [secretUses.attempt, secretUses.secretId, secretUses.version], set: { at: sql`now()`, endedAt: null }, setWhere: isNotNull(secretUses.endedAt) })
      .returning({ secretId: secretUses.secretId });
    if (fresh.length === 0) return;
    const ids = fresh.map(({ secretId }) => secretId);
    await transaction.update(secrets).set({ lastUsedAt: sql`now()` }).where(inArray(secrets.id, ids));
    const [user] = await transaction.select({ login: users.login }).from(users).where(eq(users.id, userId));
    const names = given.filter(({ id }) => ids.includes(id)).map(({ name, version }) => `${name} (version ${version})`);
    await recordAudit(transaction, {
      action: 'secret_injected',
      actor: user ? { userId, login: user.login } : null,
      subject: { id: runId ?? workspaceId, name: runId === null ? `a clone of the workspace ${workspaceId}` : `the run ${runId}` },
      details: { attempt, count: names.length, ...inParts(names) },
    });
  });
}

/** The files of the attempt are gone. */
export async function noteEndOfUses(attempt: string): Promise<void> {
  await database()
    .update(secretUses)
    .set({ endedAt: sql`now()` })
    .where(and(eq(secretUses.attempt, attempt), isNull(secretUses.endedAt)));
}

/** All of the names, in texts short enough not to be cut. */
function inParts(names: readonly string[]): Record<string, string> {
  const parts: string[] = [];
  for (const name of names) {
    const last = parts.at(-1);
    if (last !== undefined && last.length + name.length < NAMES_LENGTH) parts[parts.length - 1] = `${last}, ${name}`;
    else parts.push(name);
  }
  return Object.fromEntries(parts.map((part, index) => [index === 0 ? 'secrets' : `secrets ${index + 1}`, part]));
}
