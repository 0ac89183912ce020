import type { SecretKind } from '@/contract/secret';
import type { DatabaseOrTransaction } from '@/db/client';
import { raiseAlertOnce, resolveAlert } from '@/server/alerts/raise-alert';
import { database } from '@/server/database';
import { describeError } from '@/server/errors';
import { log } from '@/server/log';

/** Of an alert for one secret; open while its newest value cannot be read. */
const unreadableKey = (secretId: string): string => `secret_unreadable:${secretId}`;

interface Unreadable {
  secretId: string;
  /** Null for those of the install, which concern the administrators. */
  ownerId: string | null;
  kind: SecretKind;
  name: string;
}

/** Tells whom it concerns, once for as long as it stays so. Never throws: whoever asked for the value has a reason of their own to fail. */
export async function tellUnreadable({ secretId, ownerId, kind, name }: Unreadable): Promise<void> {
  const { what, fix, link } = inWords(kind, name);
  const body = `It is sealed with a key that Anyon was not given, or its row was changed. Nothing is started with it. ${fix} Whoever runs this Anyon finds out by \`npm run doctor\` whether a key is missing; with the key back, it can be read again.`;
  try {
    await raiseAlertOnce(database(), { kind: 'secret_unreadable', severity: 'error', key: unreadableKey(secretId), userId: ownerId, title: `${what} cannot be read`, body, link });
  } catch (error) {
    log().error({ secretId, reason: describeError(error) }, 'secrets: one cannot be read, and nobody could be told');
  }
}

/** It was read, replaced or deleted. */
export async function settleUnreadable(db: DatabaseOrTransaction, secretId: string): Promise<void> {
  await resolveAlert(db, unreadableKey(secretId));
}

function inWords(kind: SecretKind, name: string): { what: string; fix: string; link: string } {
  switch (kind) {
    case 'custom':
      return { what: `Your secret ${name}`, fix: 'Enter it again, or delete it.', link: '/settings?tab=secrets' };
    case 'claude':
      return { what: 'The token of your Claude connection', fix: 'Connect Claude again.', link: '/settings?tab=connections' };
    case 'github':
      return { what: 'The token of your GitHub connection', fix: 'Connect GitHub again.', link: '/settings?tab=connections' };
    case 'alert':
      return { what: `The secret of the alert channel ${name}`, fix: 'Set the channel again.', link: '/settings?tab=alerts' };
  }
}
