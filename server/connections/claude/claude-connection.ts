import { and, eq, sql } from 'drizzle-orm';
import type { Actor } from '@/contract/actor';
import { claudeConnectionSchema, type ClaudeConnection, type ConnectClaudeInput } from '@/contract/connection';
import { claudeConnections, secrets, secretVersions } from '@/db/schema';
import { resolveAlert } from '@/server/alerts/raise-alert';
import { recordAudit } from '@/server/audit/record-audit';
import { tryInBooth } from '@/server/connections/claude/booth/try-in-booth';
import type { ClaudeAccount } from '@/server/connections/claude/claude-account';
import { statusByExpiry } from '@/server/connections/claude/claude-expiry';
import { claudeAlertKey, failConnection } from '@/server/connections/claude/claude-health';
import { saveConnection } from '@/server/connections/claude/save-connection';
import { database } from '@/server/database';
import { AnyonError } from '@/server/errors';
import { currentVersion, deleteSecret, revealSecret } from '@/server/secrets/vault';

/** The actor's own; null while they have none. */
export async function claudeConnection(actor: Actor): Promise<ClaudeConnection | null> {
  const [row] = await database()
    .select({ connection: claudeConnections, lastFour: secretVersions.lastFour })
    .from(claudeConnections)
    .innerJoin(secrets, eq(secrets.id, claudeConnections.secretId))
    .leftJoin(secretVersions, and(eq(secretVersions.secretId, secrets.id), eq(secretVersions.version, secrets.version)))
    .where(eq(claudeConnections.userId, actor.userId));
  return row ? claudeConnectionSchema.parse({ ...row.connection, lastFour: row.lastFour }) : null;
}

/** Tries the account with a real call and, when that works, makes it the actor's connection. Throws `precondition` with the reason when it does not; then nothing has changed. */
export async function connectClaude(actor: Actor, input: ConnectClaudeInput): Promise<ClaudeConnection | null> {
  const { account, value } = readInput(input);
  const trial = await tryInBooth(actor.userId, account, value);
  if (trial.outcome !== 'works') throw new AnyonError('precondition', trial.reason);
  await saveConnection(database(), actor, { account, value, expiresAt: null, notTried: null });
  return claudeConnection(actor);
}

/** Tries the actor's connection with a real call and notes what came out. Throws `unavailable` when nobody says whether it works. */
export async function checkClaude(actor: Actor): Promise<ClaudeConnection | null> {
  const [row] = await database().select().from(claudeConnections).where(eq(claudeConnections.userId, actor.userId));
  const version = row && (await currentVersion(database(), row.secretId));
  if (!row || !version) throw new AnyonError('not_found', 'Claude is not connected.');
  const trial = await tryInBooth(actor.userId, row, await revealSecret(database(), version));
  if (trial.outcome === 'unknown') throw new AnyonError('unavailable', trial.reason);
  await database().transaction(async (tx) => {
    const set = { checkedAt: sql`now()`, ...(trial.outcome === 'works' && { status: statusByExpiry, statusReason: null, statusSince: sql`now()` }) };
    // Another account may have been connected meanwhile.
    const [still] = await tx.update(claudeConnections).set(set).where(and(eq(claudeConnections.userId, actor.userId), eq(claudeConnections.secretId, row.secretId), sql`exists (select 1 from secrets where id = ${version.secretId} and version = ${version.version})`)).returning({ userId: claudeConnections.userId });
    if (still && trial.outcome === 'works') await resolveAlert(tx, claudeAlertKey(actor.userId));
    if (still && trial.outcome === 'refused') await failConnection(tx, actor.userId, trial.reason);
  });
  return claudeConnection(actor);
}

/** Takes the actor's connection away; their next runs get the simulator. Runs that are on keep what they have. */
export async function disconnectClaude(actor: Actor): Promise<void> {
  await database().transaction(async (tx) => {
    const [removed] = await tx.delete(claudeConnections).where(eq(claudeConnections.userId, actor.userId)).returning({ secretId: claudeConnections.secretId, method: claudeConnections.method });
    if (!removed) return;
    await deleteSecret(tx, removed.secretId);
    await resolveAlert(tx, claudeAlertKey(actor.userId));
    await recordAudit(tx, { action: 'claude_disconnected', actor, details: { method: removed.method } });
  });
}

function readInput(input: ConnectClaudeInput): { account: ClaudeAccount; value: string } {
  const account = { method: input.method, baseUrl: null, region: null, projectId: null };
  switch (input.method) {
    case 'api_key':
      return { account, value: input.apiKey };
    case 'gateway':
      return { account: { ...account, baseUrl: input.baseUrl.replace(/\/+$/, '') }, value: input.token };
    case 'bedrock':
      return { account: { ...account, region: input.region }, value: input.bearerToken };
    case 'vertex':
      return { account: { ...account, region: input.region, projectId: input.projectId }, value: input.credentials };
  }
}
