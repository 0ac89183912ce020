import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { eq } from 'drizzle-orm';
import type { Actor } from '@/contract/actor';
import type { Database } from '@/db/client';
import { runs } from '@/db/schema';
import { runLogDir } from '@/server/deployment/paths';
import { workspaceWithRun } from '@/tests/setup/test-people';

/** A run that is on, by its row, and whose log grows. */
export interface WritingRun {
  runId: string;
  /** All that it has written so far. */
  lines: () => string;
  end: () => Promise<void>;
}

const writers = new Set<NodeJS.Timeout>();

/** A run of this person that writes a numbered line every few milliseconds until it is told to end. */
export async function writeRun(database: Database, owner: Actor): Promise<WritingRun> {
  const { runId } = await workspaceWithRun(database, owner);
  await database.update(runs).set({ status: 'running' }).where(eq(runs.id, runId));
  mkdirSync(runLogDir(runId), { recursive: true });
  const file = path.join(runLogDir(runId), 'out.log');
  writeFileSync(file, '');
  let number = 0;
  const timer = setInterval(() => appendFileSync(file, `line ${(number += 1)} ${'ä'.repeat(number % 50)}\n`), 4);
  writers.add(timer);
  const end = async () => {
    clearInterval(timer);
    await database.update(runs).set({ status: 'succeeded' }).where(eq(runs.id, runId));
  };
  return { runId, lines: () => readFileSync(file, 'utf8'), end };
}

/** Stops those that a test which failed has left. */
export function stopWriting(): void {
  for (const writer of writers) clearInterval(writer);
  writers.clear();
}
