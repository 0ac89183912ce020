import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import type { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { extract, type Headers } from 'tar-stream';
import { AnyonError, isAnyonError } from '@/server/errors';
import { BACKUP_FORMAT, MANIFEST_NAME, manifestSchema, type BackupManifest, type BackupPart } from '@/server/system/backup/manifest';

const LARGEST_MANIFEST_BYTES = 256 * 1024 * 1024;

/** Only names that a backup makes; nothing in them leads out of a folder. */
const PART_NAME = /^(database\/[a-z_]+\.copy|runs\/[0-9a-f-]{36}\/[a-z][a-z-]*\.(log|patch|json)|removed\/[0-9a-f-]{36}\/(kept\.json|files\.tar|repository-[a-z]{1,3}\.bundle))$/;

/** Reads the whole backup and compares every part with the manifest. Throws when anything is missing, damaged or not of a backup. */
export async function verifyBackup(file: string): Promise<BackupManifest> {
  const found: BackupPart[] = [];
  let written = '';
  await walk(file, async (name, entry) => {
    if (name === MANIFEST_NAME) written = await textOf(entry);
    else {
      const hash = createHash('sha256');
      let bytes = 0;
      for await (const chunk of entry) {
        hash.update(chunk as Buffer);
        bytes += (chunk as Buffer).length;
      }
      found.push({ name, bytes, sha256: hash.digest('hex') });
    }
  });
  if (written === '') throw damaged(file, 'it ends before its list of contents');
  const manifest = parseManifest(file, written);
  const wrong = JSON.stringify(found) === JSON.stringify(manifest.parts) ? null : (manifest.parts.find((part, at) => JSON.stringify(part) !== JSON.stringify(found[at]))?.name ?? 'a part that it does not name');
  if (wrong !== null) throw damaged(file, `${wrong} is not what was written`);
  return manifest;
}

/** Gives each part to `take`, in their order; what it does not want it must not read. For a backup that was verified. */
export async function readParts(file: string, take: (name: string, content: Readable) => Promise<void>): Promise<void> {
  await walk(file, async (name, entry) => {
    if (name !== MANIFEST_NAME) await take(name, entry);
  });
}

async function walk(file: string, visit: (name: string, entry: Readable) => Promise<void>): Promise<void> {
  const entries = extract();
  const look = async ({ name, type }: Headers, entry: Readable, next: () => void) => {
    try {
      if (type !== 'file' || (name !== MANIFEST_NAME && !PART_NAME.test(name))) throw damaged(file, `"${name.slice(0, 80)}" does not belong in one`);
      await visit(name, entry);
      entry.resume();
      next();
    } catch (error) {
      entries.destroy(error as Error);
    }
  };
  entries.on('entry', (header, entry, next) => void look(header, entry as unknown as Readable, next));
  try {
    await pipeline(createReadStream(file), createGunzip(), entries as unknown as Writable);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') throw new AnyonError('invalid', `There is no file ${file}.`);
    if (isAnyonError(error)) throw error;
    throw damaged(file, (error as Error).message, error);
  }
}

function parseManifest(file: string, text: string): BackupManifest {
  const parsed = parseJson(text) as { format?: unknown } | null;
  if (typeof parsed?.format === 'number' && parsed.format > BACKUP_FORMAT) throw new AnyonError('precondition', `${file} was made by a newer Anyon. Restore it with that version or a later one.`);
  const result = manifestSchema.safeParse(parsed);
  if (!result.success) throw damaged(file, 'its list of contents cannot be read');
  return result.data;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null; // no list of contents, as whoever asks will say
  }
}

async function textOf(entry: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of entry) {
    bytes += (chunk as Buffer).length;
    if (bytes > LARGEST_MANIFEST_BYTES) throw new Error('its list of contents is too long');
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks).toString();
}

function damaged(file: string, why: string, cause?: unknown): AnyonError {
  return new AnyonError('precondition', `${file} is no whole backup: ${why}. Nothing was changed; use another one.`, { cause });
}
