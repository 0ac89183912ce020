import { uuidv7 } from 'uuidv7';
import type { AuditAction } from '@/contract/audit';
import type { DatabaseOrTransaction } from '@/db/client';
import { auditEvents } from '@/db/schema';

export interface AuditEntry {
  action: AuditAction;
  /** Null: Anyon itself, or somebody who was not let in. */
  actor: { userId: string; login: string } | null;
  /** What it was done to. `name` is copied: it says the same after the thing is gone. */
  subject?: { id?: string | null; name: string };
  /** Never a secret. Texts are cut at 500 characters. */
  details?: Record<string, string | number | boolean | null>;
}

/** Writes down who did what, in the transaction in which it is done: what did not happen leaves no row, what happened leaves one. */
export async function recordAudit(db: DatabaseOrTransaction, { action, actor, subject, details = {} }: AuditEntry): Promise<void> {
  const short = Object.fromEntries(Object.entries(details).map(([name, value]) => [name, typeof value === 'string' ? value.slice(0, 500) : value]));
  await db.insert(auditEvents).values({
    id: uuidv7(),
    action,
    actorId: actor?.userId ?? null,
    actorLogin: actor?.login ?? null,
    subjectId: subject?.id ?? null,
    subject: subject?.name.slice(0, 500) ?? null,
    details: short,
  });
}
