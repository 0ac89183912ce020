import type { Operation } from '@/tests/faults/history/history';
import { makingOf, ofWorkspace, type JudgedHistory, type Violation } from '@/tests/faults/history/judged-history';
import { isRunOver, isTaskAction, refusesFrom } from '@/tests/faults/history/model';
import { lastOf, momentsIn, statesIn, type Timeline } from '@/tests/faults/history/timeline';

/** Whether what clients were told can have been so when they were told it. */
export function brokenAnswers(history: JudgedHistory): Violation[] {
  const { operations, clients } = history;
  const perClient = [...clients.keys()].map((client) => operations.filter((operation) => operation.client === client));
  return [
    ...operations.filter(({ outcome }) => outcome === 'refused').flatMap((operation) => wrongRefusal(history, operation)),
    ...operations.flatMap((operation) => foreignAnswer(history, operation)),
    ...operations.filter(isRead).flatMap((read) => wrongRead(history, read)),
    ...perClient.flatMap((mine) => [...backwards(history, mine.filter(isRead)), ...forgottenSecrets(mine)]),
    ...missedNews(history),
  ];
}

const isRead = ({ action, outcome }: Operation) => outcome === 'ok' && (action === 'read-workspace' || action === 'read-run');

function timelineOf({ workspaces, runs }: JudgedHistory, { action, targets }: Operation): Timeline | undefined {
  return action === 'read-run' ? runs.get(targets[0] ?? '') : workspaces.get(targets[0] ?? '');
}

/** `internal` is no reason at all; the others are compared with what was so between question and answer. */
function wrongRefusal(history: JudgedHistory, operation: Operation): Violation[] {
  const { action, kind, rowBefore: before, after, targets, message } = operation;
  const [target = ''] = targets;
  const wrong: Violation[] = [{ rule: 'refusals have a reason', what: `${action} ${target} (question ${operation.op}) was refused as ${kind}: ${message}` }];
  if (kind === null || kind === 'internal') return wrong;
  const moments = momentsIn(history.workspaces.get(target), before, after);
  if (kind === 'conflict' && (isTaskAction(action) || action === 'restore')) {
    const runsLive = action === 'archive' && ofWorkspace(history.runs, target).some((run) => statesIn(run, before, after).some((state) => !isRunOver(state)));
    const isContended = action === 'restore' && moments.length > 1;
    return runsLive || isContended || moments.some(({ state }) => refusesFrom[action].includes(state)) ? [] : wrong;
  }
  if (kind === 'precondition' && action === 'start-run') return moments.some(({ state, entry }) => state !== 'running' || entry.more['desired'] !== 'running') ? [] : wrong;
  if (kind === 'not_found' && (isTaskAction(action) || action === 'restore' || action === 'start-run')) {
    return !mayUse(history, operation, target) || statesIn(history.workspaces.get(target), before, after).includes('gone') ? [] : wrong;
  }
  return [];
}

function mayUse({ clients, workspaces }: JudgedHistory, { client, actorId }: Operation, workspaceId: string): boolean {
  const workspace = workspaces.get(workspaceId);
  return clients.get(client)?.role === 'admin' || !workspace || makingOf(workspace).more['owner_id'] === actorId;
}

/** Who may not use a workspace hears of it what they would hear of one that was never there. */
function foreignAnswer(history: JudgedHistory, operation: Operation): Violation[] {
  const { action, outcome, kind, told, targets } = operation;
  if (outcome === 'unknown' || action.endsWith('secret') || action === 'list-secrets') return [];
  const asWorkspaces = targets.map((target) => history.runs.get(target)?.workspaceId ?? target);
  if (asWorkspaces.every((id) => mayUse(history, operation, id)) || kind === 'not_found' || told === 'gone') return [];
  return [{ rule: 'only one’s own', what: `${action} ${targets.join(' ')} (question ${operation.op}) was answered to ${operation.client}, who may not use it` }];
}

function wrongRead(history: JudgedHistory, read: Operation): Violation[] {
  const [target = ''] = read.targets;
  const workspaceId = history.runs.get(target)?.workspaceId ?? target;
  if (read.told === 'gone' && !mayUse(history, read, workspaceId)) return [];
  const states = statesIn(timelineOf(history, read), read.rowBefore, read.after);
  return states.includes(read.told ?? '') ? [] : [{ rule: 'reads tell what was so', what: `${read.action} ${target} (question ${read.op}) told ${read.told}; it was ${states.join(', then ')}` }];
}

/** Each read of a client is placed as early as it can have been, but not before the one before it. */
function backwards(history: JudgedHistory, reads: readonly Operation[]): Violation[] {
  const reached = new Map<string, number>();
  return reads.flatMap((read): Violation[] => {
    const [target = ''] = read.targets;
    const moments = timelineOf(history, read)?.moments ?? [];
    const from = reached.get(target) ?? 0;
    const place = moments.findIndex(({ state }, index) => index >= from && state === read.told);
    if (place >= 0) reached.set(target, place);
    const wasThere = moments.slice(0, from + 1).some(({ state }) => state === read.told);
    return place < 0 && wasThere && from > 0 ? [{ rule: 'reads never go back', what: `${read.action} ${target} (question ${read.op}) told ${read.told}, which was over when ${read.client} had read it before` }] : [];
  });
}

/** Of a person's own secrets each read tells all that they have set and not taken away. */
function forgottenSecrets(operations: readonly Operation[]): Violation[] {
  const known = new Map<string, 'there' | 'gone' | 'either'>();
  return operations.flatMap((operation): Violation[] => {
    const { action, outcome, told } = operation;
    const [name = ''] = operation.targets;
    if (action === 'set-secret' && outcome !== 'refused') known.set(name, outcome === 'ok' ? 'there' : 'either');
    if (action === 'delete-secret' && outcome !== 'refused') known.set(name, outcome === 'ok' ? 'gone' : 'either');
    if (action !== 'list-secrets' || outcome !== 'ok') return [];
    const names = new Set((told ?? '').split(',').filter(Boolean));
    const wrong = [...known].filter(([each, state]) => (state === 'there' && !names.has(each)) || (state === 'gone' && names.has(each)));
    return wrong.map(([each, state]) => ({ rule: 'secrets are kept', what: `the list of ${operation.client} (question ${operation.op}) is wrong about ${each}, which is ${state}` }));
  });
}

/** Whoever follows the changes hears of a row at or after its last change, so that what they read then is what it is. */
function missedNews({ clients, news, workspaces, runs }: JudgedHistory): Violation[] {
  const followers = [...clients.values()].filter(({ client }) => news.some((event) => event.client === client));
  return followers.flatMap(({ client, role, actorId }) => {
    const latest = new Map<string, number>();
    for (const event of news) if (event.client === client) for (const id of event.ids) latest.set(id, Math.max(latest.get(id) ?? 0, event.after));
    return [...workspaces.values(), ...runs.values()].flatMap((timeline): Violation[] => {
      const { entry, state } = lastOf(timeline);
      const workspace = workspaces.get(timeline.workspaceId);
      const concerns = role === 'admin' || (workspace && makingOf(workspace).more['owner_id'] === actorId);
      if (!concerns || state === 'gone' || (latest.get(timeline.id) ?? -1) >= entry.seq) return [];
      return [{ rule: 'news of every change', what: `${client} heard nothing of ${entry.table} ${timeline.id} after it became ${state} (${entry.seq})` }];
    });
  });
}
