import type { Database } from '@/db/client';
import { keyring } from '@/server/secrets/keyring';
import { replaceText, sealedPlaces, textsOnOtherKeys, type SealedRow } from '@/server/secrets/sealed-places';
import { openText, sealText } from '@/server/secrets/sealed-text';

const BATCH = 200;

/**
 * Seals every prompt and answer that waits anew, with the present key; batch by batch, so that it may be killed at any point and started again.
 * What no given key opens stays as it is and is counted.
 */
export async function rotateTexts(db: Database): Promise<{ moved: number; failed: number }> {
  const sum = { moved: 0, failed: 0 };
  for (const place of sealedPlaces) {
    let after: string | null = null;
    do {
      const from: string | null = after;
      const rows = await db.transaction(async (transaction) => {
        const found = await textsOnOtherKeys(transaction, place, keyring().current.id, from, BATCH);
        for (const row of found) {
          const sealed = sealedAnew(row, place.purpose);
          if (sealed === null) sum.failed += 1;
          else await replaceText(transaction, place, { id: row.id, sealed });
        }
        return found;
      });
      sum.moved += rows.length;
      after = rows.at(-1)?.id ?? null;
    } while (after !== null);
  }
  return { moved: sum.moved - sum.failed, failed: sum.failed };
}

function sealedAnew({ id, sealed }: SealedRow, purpose: string): string | null {
  try {
    return sealText(openText(sealed, purpose, id), purpose, id);
  } catch {
    return null; // the vault has logged why
  }
}
