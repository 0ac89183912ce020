import { readFile, rename, writeFile } from 'node:fs/promises';
import { asc } from 'drizzle-orm';
import { z } from 'zod';
import { users } from '@/db/schema';
import { database } from '@/server/database';
import { databaseMarkFile } from '@/server/deployment/paths';

const markShape = z.object({ firstUserId: z.uuid() });

/**
 * True when the files of the data directory belong to the database that is open. Somebody who points DATABASE_URL at another
 * one would otherwise see every file without a row, and so removed. A database is known by its first user, who is in every
 * backup of it; the first database that has one marks the directory, once.
 */
export async function ownsDataDirectory(): Promise<boolean> {
  const [first] = await database().select({ id: users.id }).from(users).orderBy(asc(users.createdAt), asc(users.id)).limit(1);
  if (!first) return false; // nobody has ever signed in: nothing here can be this database's
  const marked = await readMark();
  if (marked !== null) return marked === first.id;
  await writeMark(first.id);
  return true;
}

async function readMark(): Promise<string | null> {
  try {
    return markShape.parse(JSON.parse(await readFile(databaseMarkFile(), 'utf8'))).firstUserId;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

async function writeMark(firstUserId: string): Promise<void> {
  const partial = `${databaseMarkFile()}.${process.pid}`;
  await writeFile(partial, JSON.stringify({ firstUserId }), { mode: 0o600 });
  await rename(partial, databaseMarkFile());
}
