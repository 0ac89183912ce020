import { z } from 'zod';

/** Rises when an older build could not read what is written. */
export const BACKUP_FORMAT = 1;

const count = z.number().int().min(0);
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

const partSchema = z.strictObject({ name: z.string().min(1).max(300), bytes: count, sha256 });
export type BackupPart = z.infer<typeof partSchema>;

const tableSchema = z.strictObject({ name: z.string(), columns: z.array(z.string()).min(1), rows: count });
export type BackupTable = z.infer<typeof tableSchema>;

/** The last entry of a backup: what is in it. A file without it is not whole. */
export const manifestSchema = z.strictObject({
  format: z.literal(BACKUP_FORMAT),
  madeAt: z.iso.datetime(),
  release: z.string(),
  postgres: z.string(),
  /** The migrations that made the tables, oldest first, each by the hash of its text. */
  schema: z.array(sha256).min(1),
  /** By which keys its values are sealed, and how many are. The keys themselves are never in it. */
  keys: z.array(z.strictObject({ id: z.string(), values: count })),
  currentKeyId: z.string(),
  /** In the order in which they can be filled. */
  tables: z.array(tableSchema),
  sequences: z.array(z.strictObject({ name: z.string(), value: z.string().regex(/^\d+$/) })),
  counts: z.strictObject({ runs: count, logs: count, removed: count, livingWorkspaces: count }),
  /** What the rows name and was gone when its turn came: deleted while the backup was made. */
  missing: z.array(z.string()),
  parts: z.array(partSchema),
});
export type BackupManifest = z.infer<typeof manifestSchema>;

/** Name of the last entry. */
export const MANIFEST_NAME = 'manifest.json';

/** Where a table's rows lie in a backup. */
export function tablePart(table: string): string {
  return `database/${table}.copy`;
}
