import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { database } from '@/server/database';
import { createMasker } from '@/server/secrets/mask';
import { secretNeedles } from '@/server/secrets/mask-needles';
import type { TestProduct } from '@/tests/setup/test-product';

/** Every row of every table, and every file that is kept but the workspaces' own. */
export async function everythingKept(product: Pick<TestProduct, 'directory'>): Promise<Map<string, Buffer>> {
  const kept = new Map<string, Buffer>();
  const tables = await database().execute<{ name: string }>('select format(\'%I.%I\', table_schema, table_name) as name from information_schema.tables where table_type = \'BASE TABLE\' and table_schema not in (\'pg_catalog\', \'information_schema\')');
  for (const { name } of tables) {
    const rows = await database().execute<{ row: string }>(`select to_jsonb(t)::text as row from ${name} t`);
    kept.set(name, Buffer.from(rows.map(({ row }) => row).join('\n')));
  }
  const data = path.join(product.directory, 'data');
  for (const file of readdirSync(data, { recursive: true, withFileTypes: true })) {
    const full = path.join(file.parentPath, file.name);
    // The workspace's own files are its own; what commands wrote raw goes when they are over.
    if (file.isFile() && !/\/(files|repo)\//.test(full)) kept.set(path.relative(data, full), readFileSync(full));
  }
  return kept;
}

/** Of these places, those in which a masker that knows the values would still find something to mask. */
export function unmaskedPlaces(values: readonly string[], kept: ReadonlyMap<string, Buffer>): string[] {
  const masker = createMasker(secretNeedles(values));
  const stars = (bytes: Buffer) => bytes.filter((byte) => byte === 0x2a).length;
  return [...kept].filter(([, bytes]) => stars(masker.maskWhole(bytes)) > stars(bytes)).map(([name]) => name);
}
