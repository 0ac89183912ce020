import type { Action, Answer, Client, HistoryEvent, JournalEntry } from '@/tests/faults/history/history';

/** A small history made by hand, to be spoiled by tests: a workspace is created, does a run, is read, and is stopped. */
export class HandMadeHistory {
  events: HistoryEvent[] = [];
  #seq = 0;
  #op = 0;

  /** How far the journal has come. */
  get now(): number {
    return this.#seq;
  }

  client(client: string, role: Client['role'] = 'admin'): void {
    this.events.push({ type: 'client', client, actorId: `person-${client}`, role });
  }

  /** A question at this point of the journal; the answer comes later. */
  ask(client: string, action: Action, ...targets: string[]): (answer?: Partial<Answer>) => void {
    const op = ++this.#op;
    const row = this.events.findLast((event) => event.type === 'row' && event.id === targets[0]);
    this.events.push({ type: 'invoke', op, client, action, targets, before: this.#seq, rowBefore: row?.type === 'row' ? row.seq : 0 });
    return (answer = {}) => void this.events.push({ type: 'answer', op, outcome: 'ok', kind: null, told: null, message: null, after: this.#seq, ...answer });
  }

  read(client: string, action: 'read-workspace' | 'read-run', id: string, told: string): void {
    this.ask(client, action, id)({ told });
  }

  /** One change of one row. */
  row(table: JournalEntry['table'], id: string, change: JournalEntry['change'], status: string, further: Partial<JournalEntry> = {}): void {
    const seq = ++this.#seq;
    this.events.push({ type: 'row', seq, tx: `tx-${seq}`, table, id, workspaceId: table === 'workspaces' ? id : null, change, status, fence: null, more: {}, ...further });
  }

  /** A workspace row at a state and a fence. */
  workspace(id: string, status: string, fence: number, further: { tx?: string; change?: JournalEntry['change']; owner?: string; desired?: string } = {}): void {
    const { tx = `tx-${this.#seq + 1}`, change = 'changed', owner = 'person-a', desired = 'running' } = further;
    this.row('workspaces', id, change, status, { tx, fence, more: { desired, owner_id: owner } });
  }

  /** What asking for a task writes, in one transaction. */
  task(id: string, workspaceId: string, kind: string, asked: { state: string; fence: number; by?: string | null; batchId?: string }): void {
    const { state, fence, by = 'person-a', batchId = null } = asked;
    const tx = `tx-${id}`;
    this.workspace(workspaceId, state, fence, { tx });
    this.row('tasks', id, 'made', 'queued', { tx, workspaceId, fence, more: { kind, cause: batchId ? 'batch' : by ? 'person' : 'recovery', requested_by_id: by, batch_id: batchId, max_attempts: 4, status_reason: null } });
  }

  taskIs(id: string, workspaceId: string, status: string, kind: string, fence: number): void {
    this.row('tasks', id, 'changed', status, { workspaceId, fence, more: { kind, cause: 'person', requested_by_id: 'person-a', batch_id: null, max_attempts: 4, status_reason: null } });
  }

  /** An attempt from its beginning to its end; `becomes` is what it makes of the workspace. */
  carryOut(taskId: string, workspaceId: string, kind: string, done: { fence: number; becomes: string; from: string }): void {
    const { fence, becomes, from } = done;
    this.workspace(workspaceId, from, fence);
    this.taskIs(taskId, workspaceId, 'running', kind, fence);
    this.attempt(taskId, 'made', 'running');
    if (becomes === 'gone') this.workspace(workspaceId, from, fence, { change: 'gone' });
    else this.workspace(workspaceId, becomes, fence);
    this.attempt(taskId, 'changed', 'succeeded');
    this.taskIs(taskId, workspaceId, 'succeeded', kind, fence);
  }

  attempt(taskId: string, change: JournalEntry['change'], outcome: string, number = 1): void {
    this.row('task_attempts', `${taskId}:${number}`, change, outcome, { more: { task_id: taskId, number, worker: 'machine:1' } });
  }

  run(id: string, workspaceId: string, ...states: string[]): void {
    for (const [index, state] of states.entries()) this.row('runs', id, index === 0 ? 'made' : 'changed', state, { workspaceId, fence: index, more: { attempt: 1, started_by_id: 'person-a', resumes_run_id: null } });
  }
}

/** The history that every test begins from; it is legal. */
export function legalHistory(): HandMadeHistory {
  const history = new HandMadeHistory();
  history.client('a');
  history.client('m', 'member');
  const created = history.ask('a', 'create');
  history.workspace('w', 'creating', 0, { tx: 'tx-create', change: 'made' });
  history.task('create', 'w', 'create', { state: 'creating', fence: 1 });
  created({ told: 'w' });
  history.carryOut('create', 'w', 'create', { fence: 2, from: 'creating', becomes: 'running' });
  const begun = history.ask('a', 'start-run', 'w');
  history.run('r', 'w', 'queued', 'starting', 'running', 'succeeded');
  begun({ told: 'r' });
  history.read('a', 'read-workspace', 'w', 'running');
  const stopped = history.ask('a', 'stop', 'w');
  history.task('stop', 'w', 'stop', { state: 'running', fence: 3 });
  stopped();
  history.carryOut('stop', 'w', 'stop', { fence: 4, from: 'running', becomes: 'stopped' });
  history.read('a', 'read-workspace', 'w', 'stopped');
  history.ask('a', 'set-secret', 'KEY')();
  history.ask('a', 'list-secrets')({ told: 'KEY' });
  return history;
}

/** The rest of it: who followed the changes has heard of all, and the machine was looked at. */
export function ended(history: HandMadeHistory, containers = [{ workspaceId: 'w', state: 'exited' }], executions: Readonly<Record<string, number>> = { r: 1 }, news: readonly string[] = ['w', 'r']): readonly HistoryEvent[] {
  return [...history.events, { type: 'news', client: 'a', ids: news, after: history.now }, { type: 'end', containers, executions }];
}
