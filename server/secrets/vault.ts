import type { SecretKind } from '@/contract/secret';
import type { DatabaseOrTransaction } from '@/db/client';
import { AnyonError } from '@/server/errors';

/** Which secret: `ownerId` is null for those of the install itself. */
export interface SecretPlace {
  ownerId: string | null;
  kind: SecretKind;
  name: string;
}

export interface SecretVersion {
  secretId: string;
  version: number;
}

/** Seals the value as the newest version of the secret, which is made when it is not there. Older versions stay for as long as a live run holds them. */
export async function putSecret(_db: DatabaseOrTransaction, _place: SecretPlace, _value: string): Promise<SecretVersion> {
  throw new AnyonError('internal', 'Not built yet.');
}

/** The value. For injection, masking and calls on the owner's behalf only: it is never part of an answer. Throws `precondition` when it is gone or the key that sealed it is missing. */
export async function revealSecret(_db: DatabaseOrTransaction, _version: SecretVersion): Promise<string> {
  throw new AnyonError('internal', 'Not built yet.');
}

/** The newest version of a secret; null when it was deleted. */
export async function currentVersion(_db: DatabaseOrTransaction, _secretId: string): Promise<SecretVersion | null> {
  throw new AnyonError('internal', 'Not built yet.');
}

/** Nobody is given it from now on; its values go as soon as no live run holds one. */
export async function deleteSecret(_db: DatabaseOrTransaction, _secretId: string): Promise<void> {
  throw new AnyonError('internal', 'Not built yet.');
}

/** A short-lived text between two processes, sealed for a place of its own; `open` refuses what was sealed for another. */
export function sealText(_text: string, _purpose: string, _id: string): string {
  throw new AnyonError('internal', 'Not built yet.');
}

export function openText(_sealed: string, _purpose: string, _id: string): string {
  throw new AnyonError('internal', 'Not built yet.');
}
