import { eq, gt, sql, type AnyColumn } from 'drizzle-orm';
import { unionAll } from 'drizzle-orm/pg-core';
import type { Actor } from '@/contract/actor';
import { changeTopics, type ChangeEvent, type ChangeTopic } from '@/contract/change';
import { builtOnce } from '@/db/built-once';
import { openSession } from '@/db/client';
import { alerts, batches, claudeConnections, claudeLogins, gitHubConnections, runs, tasks, workspaces } from '@/db/schema';
import { database, databaseUrl } from '@/server/database';
import { log } from '@/server/log';
import { processState } from '@/server/process-state';
import { mayUse } from '@/server/workspaces/access';

/** What changed, with the owner, who is the one (beside admins) that may know of it. */
interface Change {
  kind: 'workspace' | 'run' | 'batch' | ChangeTopic;
  id: string;
  /** Null: the admins. */
  ownerId: string | null;
  seq: number;
}

type Listener = (changes: readonly Change[]) => void;

/** Numbers are given out before their transaction commits, so a lower one may appear later: look back this far. */
const LOOK_BACK = 200;
const COALESCE_MS = 100;

const changesAfter = builtOnce('changes_after', (db) => {
  const row = (kind: Change['kind'], id: AnyColumn, ownerId: AnyColumn, seq: AnyColumn) => ({
    kind: sql<Change['kind']>`${sql.raw(`'${kind}'`)}::text`.as('kind'),
    id: sql<string>`${id}`.as('id'),
    ownerId: sql<string | null>`${ownerId}`.as('owner_id'),
    seq: sql<number>`${seq}`.mapWith(Number).as('seq'),
  });
  const isNews = (seq: AnyColumn) => gt(seq, sql.placeholder('after'));
  return unionAll(
    db.select(row('workspace', workspaces.id, workspaces.ownerId, workspaces.changeSeq)).from(workspaces).where(isNews(workspaces.changeSeq)),
    db.select(row('run', runs.id, workspaces.ownerId, runs.changeSeq)).from(runs).innerJoin(workspaces, eq(workspaces.id, runs.workspaceId)).where(isNews(runs.changeSeq)),
    // A task's news are its workspace's; the workspace itself may be gone by then.
    db.select(row('workspace', tasks.workspaceId, tasks.ownerId, tasks.changeSeq)).from(tasks).where(isNews(tasks.changeSeq)),
    db.select(row('batch', batches.id, batches.requestedById, batches.changeSeq)).from(batches).where(isNews(batches.changeSeq)),
    db.select(row('connections', gitHubConnections.userId, gitHubConnections.userId, gitHubConnections.changeSeq)).from(gitHubConnections).where(isNews(gitHubConnections.changeSeq)),
    db.select(row('connections', claudeConnections.userId, claudeConnections.userId, claudeConnections.changeSeq)).from(claudeConnections).where(isNews(claudeConnections.changeSeq)),
    db.select(row('connections', claudeLogins.id, claudeLogins.userId, claudeLogins.changeSeq)).from(claudeLogins).where(isNews(claudeLogins.changeSeq)),
    db.select(row('alerts', alerts.id, alerts.userId, alerts.changeSeq)).from(alerts).where(isNews(alerts.changeSeq)),
  );
});

/**
 * One LISTEN connection per process; a notification only wakes it, what changed is read from the rows. Deleted rows leave no
 * number behind, so every listener also gets an empty event on each wake-up that found nothing, which means "look again".
 */
class ChangeFeed {
  readonly #listeners = new Set<Listener>();
  readonly #seen = new Map<string, number>();
  #highest = 0;
  #wake: NodeJS.Timeout | null = null;

  constructor() {
    void this.#listen();
  }

  subscribe(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async #listen(): Promise<void> {
    const sql = openSession(databaseUrl());
    // postgres.js listens again by itself after a lost connection and calls the third argument each time.
    await sql
      .listen('anyon_changed', () => this.#wakeUp(), () => this.#wakeUp())
      .catch((error: unknown) => {
        log().warn({ err: error }, 'changes: cannot listen, trying again');
        setTimeout(() => void this.#listen(), 1_000).unref();
      });
  }

  #wakeUp(): void {
    this.#wake ??= setTimeout(() => {
      this.#wake = null;
      this.#read().catch((error: unknown) => {
        log().warn({ err: error }, 'changes: cannot read, trying again');
        setTimeout(() => this.#wakeUp(), 1_000).unref(); // the notification that woke it does not come twice
      });
    }, COALESCE_MS);
  }

  async #read(): Promise<void> {
    const found = await changesAfter(database()).execute({ after: Math.max(0, this.#highest - LOOK_BACK) });
    const changes = found
      .sort((one, other) => one.seq - other.seq) // a workspace may be here twice, by its own number and by a task's
      .filter((change) => this.#isNew(change));
    this.#forgetOld();
    for (const listener of this.#listeners) listener(changes);
  }

  #isNew(change: Change): boolean {
    this.#highest = Math.max(this.#highest, change.seq);
    const key = `${change.kind}:${change.id}`;
    if ((this.#seen.get(key) ?? 0) >= change.seq) return false;
    this.#seen.set(key, change.seq);
    return true;
  }

  #forgetOld(): void {
    for (const [key, seq] of this.#seen) if (seq < this.#highest - LOOK_BACK) this.#seen.delete(key);
  }
}

/**
 * Follows what changes among the things the actor may see, until the signal ends it. The first event comes at once and is empty;
 * changes are gathered for 100 ms. An event names ids only: what they are now is read with the actor's own rights.
 */
export async function* followChanges(actor: Actor, signal: AbortSignal): AsyncGenerator<ChangeEvent> {
  let waiting: Change[] = [];
  let woken = Promise.withResolvers<void>();
  const feed = processState('change-feed', () => new ChangeFeed());
  const unsubscribe = feed.subscribe((changes) => {
    const visible = changes.filter((change) => concerns(actor, change));
    if (visible.length === 0 && changes.length > 0) return; // somebody else's
    waiting.push(...visible);
    woken.resolve();
  });
  const end = () => woken.resolve();
  signal.addEventListener('abort', end, { once: true });
  try {
    yield { workspaceIds: [], runIds: [], batchIds: [], topics: [] };
    while (!signal.aborted) {
      await woken.promise;
      woken = Promise.withResolvers<void>();
      const changes = waiting;
      waiting = [];
      if (signal.aborted) return;
      yield { workspaceIds: idsOf(changes, 'workspace'), runIds: idsOf(changes, 'run'), batchIds: idsOf(changes, 'batch'), topics: changeTopics.filter((topic) => changes.some(({ kind }) => kind === topic)) };
    }
  } finally {
    unsubscribe();
    signal.removeEventListener('abort', end);
  }
}

/** A connection is its person's alone, whoever else is an admin. */
function concerns(actor: Actor, { kind, ownerId }: Change): boolean {
  if (ownerId === null) return actor.role === 'admin';
  return kind === 'connections' || kind === 'alerts' ? ownerId === actor.userId : mayUse(actor, { ownerId });
}

function idsOf(changes: readonly Change[], kind: Change['kind']): string[] {
  return [...new Set(changes.filter((change) => change.kind === kind).map((change) => change.id))];
}
