import { eq, gt } from 'drizzle-orm';
import type { Actor } from '@/contract/actor';
import { changeTopics, type ChangeEvent, type ChangeTopic } from '@/contract/change';
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
    const after = Math.max(0, this.#highest - LOOK_BACK);
    const workspaceRows = await database().select({ id: workspaces.id, ownerId: workspaces.ownerId, seq: workspaces.changeSeq }).from(workspaces).where(gt(workspaces.changeSeq, after));
    const runRows = await database()
      .select({ id: runs.id, ownerId: workspaces.ownerId, seq: runs.changeSeq })
      .from(runs)
      .innerJoin(workspaces, eq(workspaces.id, runs.workspaceId))
      .where(gt(runs.changeSeq, after));
    // A task's news are its workspace's; the workspace itself may be gone by then.
    const taskRows = await database().select({ id: tasks.workspaceId, ownerId: tasks.ownerId, seq: tasks.changeSeq }).from(tasks).where(gt(tasks.changeSeq, after));
    const batchRows = await database().select({ id: batches.id, ownerId: batches.requestedById, seq: batches.changeSeq }).from(batches).where(gt(batches.changeSeq, after));
    const [gitHubRows, claudeRows, loginRows, alertRows] = await Promise.all([
      database().select({ id: gitHubConnections.userId, ownerId: gitHubConnections.userId, seq: gitHubConnections.changeSeq }).from(gitHubConnections).where(gt(gitHubConnections.changeSeq, after)),
      database().select({ id: claudeConnections.userId, ownerId: claudeConnections.userId, seq: claudeConnections.changeSeq }).from(claudeConnections).where(gt(claudeConnections.changeSeq, after)),
      database().select({ id: claudeLogins.id, ownerId: claudeLogins.userId, seq: claudeLogins.changeSeq }).from(claudeLogins).where(gt(claudeLogins.changeSeq, after)),
      database().select({ id: alerts.id, ownerId: alerts.userId, seq: alerts.changeSeq }).from(alerts).where(gt(alerts.changeSeq, after)),
    ]);
    const changes = [
      ...[...gitHubRows, ...claudeRows, ...loginRows].map((row): Change => ({ kind: 'connections', ...row })),
      ...alertRows.map((row): Change => ({ kind: 'alerts', ...row })),
      ...workspaceRows.map((row): Change => ({ kind: 'workspace', ...row })),
      ...runRows.map((row): Change => ({ kind: 'run', ...row })),
      ...taskRows.map((row): Change => ({ kind: 'workspace', ...row })),
      ...batchRows.map((row): Change => ({ kind: 'batch', ...row })),
    ]
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
