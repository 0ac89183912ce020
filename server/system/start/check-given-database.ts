import postgres from 'postgres';
import type { SystemCheck } from '@/contract/system-status';
import { openSession } from '@/db/client';
import { describeError } from '@/server/errors';
import { failed, inOrder } from '@/server/system/check';
import { judgeDatabaseClock } from '@/server/system/check-host';

const OLDEST = 15;
const NAME = 'Database';

/** Whether the server that DATABASE_URL names can be used. Writes nothing. */
export async function checkGivenDatabase(url: string): Promise<SystemCheck[]> {
  const sql = openSession(url);
  try {
    const [row] = await sql<{ version: number; now: Date; may: boolean }[]>`
      select current_setting('server_version_num')::int as version, now() as now, has_database_privilege(current_database(), 'create') as may`;
    return row ? judgeGivenDatabase({ ...row, now: row.now.getTime() }, Date.now()) : [];
  } catch (error) {
    return [refusal(error, new URL(url).host)];
  } finally {
    await sql.end({ timeout: 1 });
  }
}

export function judgeGivenDatabase({ version, now, may }: { version: number; now: number; may: boolean }, ours: number): SystemCheck[] {
  const major = Math.floor(version / 10_000);
  if (major < OLDEST) return [failed(NAME, `The server of DATABASE_URL is Postgres ${major}, and Anyon needs ${OLDEST} or newer.`, 'Name a newer server, or take DATABASE_URL out: Anyon then brings its own.')];
  if (!may) return [failed(NAME, 'The user of DATABASE_URL may not make schemas in that database.', 'Make that user the owner of the database: `alter database … owner to …`.')];
  const clock = judgeDatabaseClock(now, ours);
  return [clock.severity === 'ok' ? inOrder(NAME, `Postgres ${major} of DATABASE_URL answers; its clock and Anyon's agree.`) : clock];
}

/** Never with the address: it holds a password. */
function refusal(error: unknown, host: string): SystemCheck {
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
  if (code === '28P01' || code === '28000') return failed(NAME, `The server of DATABASE_URL (${host}) refuses that user or password.`, 'Correct user and password in DATABASE_URL.');
  if (code === '3D000') return failed(NAME, `The server of DATABASE_URL (${host}) has no database of that name.`, 'Make it (`create database …`), or correct the name in DATABASE_URL.');
  const reason = error instanceof postgres.PostgresError ? error.message : (code ?? describeError(error));
  return failed(NAME, `The server of DATABASE_URL (${host}) does not answer: ${reason}.`, 'Start it, or correct DATABASE_URL; without DATABASE_URL Anyon brings its own.');
}
