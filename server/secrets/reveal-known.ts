import { database } from '@/server/database';
import { revealSecret, type SecretVersion } from '@/server/secrets/vault';

/**
 * The values of the versions that `find` finds. A version that is replaced or deleted between the two is no failure: then they are found anew.
 * Throws as `revealSecret` does when one that is still found cannot be read.
 */
export async function revealKnown(find: () => Promise<SecretVersion[]>): Promise<string[]> {
  const versions = await find();
  try {
    return await Promise.all(versions.map((version) => revealSecret(database(), version)));
  } catch (error) {
    const now = new Set((await find()).map(keyOf));
    if (versions.every((version) => now.has(keyOf(version)))) throw error;
    return revealKnown(find);
  }
}

function keyOf({ secretId, version }: SecretVersion): string {
  return `${secretId} ${version}`;
}
