import { and, desc, eq, isNull } from 'drizzle-orm';
import type { Actor } from '@/contract/actor';
import { MAX_HITS_PER_RUN, MAX_SEARCHED_RUNS, type LogHit, type LogSearchAllEvent, type RunHits, type SearchAllLogsInput } from '@/contract/log-search';
import { runs, workspaces } from '@/db/schema';
import { database } from '@/server/database';
import { isAnyonError } from '@/server/errors';
import { requireRunAccess, type RunAccess } from '@/server/runs/access';
import { runLogPath } from '@/server/runs/log-index/read-log-lines';
import { openMatcher, requirePattern, type Matcher } from '@/server/runs/log-search/matcher-thread';
import { logSize, searchFile } from '@/server/runs/log-search/search-file';
import { assertRoomForSearch, occupySearch } from '@/server/runs/log-search/search-slots';
import { requireWorkspaceAccess } from '@/server/workspaces/access';

const MOST_HITS = 1_000;
const MOST_MS = 60_000;
const TELL_EVERY_MS = 250;

/** Refuses in words what cannot be searched for, a workspace that is not the actor's, and a search too many. */
export async function allowSearchAll(actor: Actor, input: SearchAllLogsInput): Promise<void> {
  requirePattern(input);
  assertRoomForSearch(actor);
  if (input.workspaceId) await requireWorkspaceAccess(actor, input.workspaceId);
}

/**
 * Searches the logs of the runs that the actor may see, the newest first, each as it is at its turn, for a minute at most. The id of an event is
 * the run it is behind: who comes back with one gets the runs after that.
 */
export async function* searchAllRuns(actor: Actor, input: SearchAllLogsInput, signal: AbortSignal): AsyncGenerator<{ id: string; event: LogSearchAllEvent }> {
  const leave = occupySearch(actor);
  const matcher = openMatcher(input);
  const until = performance.now() + MOST_MS;
  try {
    const ids = await runsToSearch(actor, input.workspaceId);
    let done = input.lastEventId ? ids.indexOf(input.lastEventId) + 1 : 0;
    let hits = 0;
    let told = 0;
    const isOver = () => signal.aborted || performance.now() > until || hits >= MOST_HITS;
    const news = (run: RunHits | null, state: 'searching' | 'end', cut = false) => ({ id: ids[done - 1] ?? '-', event: { run, done, total: ids.length, state, cut } });
    for (; done < ids.length && !isOver(); done += 1) {
      const access = await stillAllowed(actor, ids[done] ?? '');
      const found = access && (await searchOne(access, matcher, isOver));
      hits += found?.hits.length ?? 0;
      if (!found && performance.now() - told < TELL_EVERY_MS) continue;
      told = performance.now();
      const { event } = news(found, 'searching');
      yield { id: ids[done] ?? '-', event: { ...event, done: done + 1 } };
    }
    if (!signal.aborted) yield news(null, 'end', done < ids.length || ids.length === MAX_SEARCHED_RUNS);
  } finally {
    await matcher.close();
    leave();
  }
}

/** The newest first, without those whose log was removed. Whose they are is looked at again when it is their turn. */
export async function runsToSearch(actor: Actor, workspaceId: string | null): Promise<string[]> {
  const rows = await database()
    .select({ id: runs.id })
    .from(runs)
    .innerJoin(workspaces, eq(workspaces.id, runs.workspaceId))
    .where(and(actor.role === 'admin' ? undefined : eq(workspaces.ownerId, actor.userId), workspaceId ? eq(runs.workspaceId, workspaceId) : undefined, isNull(runs.logRemovedAt)))
    .orderBy(desc(runs.id)) // ids rise with time, and have an index
    .limit(MAX_SEARCHED_RUNS);
  return rows.map(({ id }) => id);
}

/** Null when the run is gone or no longer the actor's. */
async function stillAllowed(actor: Actor, runId: string): Promise<RunAccess | null> {
  try {
    return await requireRunAccess(actor, runId);
  } catch (error) {
    if (isAnyonError(error) && error.kind === 'not_found') return null;
    throw error;
  }
}

async function searchOne({ run, workspace }: RunAccess, matcher: Matcher, isOver: () => boolean): Promise<RunHits | null> {
  const hits: LogHit[] = [];
  let found = 0;
  for (const stream of ['out', 'err'] as const) {
    const path = runLogPath(run.id, stream);
    const room = () => Math.max(0, MAX_HITS_PER_RUN - hits.length);
    for await (const step of searchFile({ path, stream, from: { offset: 0, line: 0 }, to: await logSize(path), complete: true, matcher, room })) {
      hits.push(...step.hits);
      found += step.count;
      if (isOver()) break;
    }
  }
  if (found === 0) return null;
  const { id: runId, number, prompt, status, parkedFor, createdAt } = run;
  return { runId, workspaceId: workspace.id, workspaceName: workspace.name, number, prompt: prompt.slice(0, 200), status, parkedFor, createdAt, hits, found };
}
