import { randomUUID } from 'node:crypto';
import { expect } from 'vitest';
import type { FollowUpQueue } from '@/contract/follow-up';
import type { QuestionView } from '@/contract/question';
import { isFinal, type RunView } from '@/contract/run';
import type { TerminalView } from '@/contract/terminal';
import type { CanaryRequests } from '@/tests/e2e/canary-requests';

/** A run whose worktree holds what it must not say, and words with secrets in them that a person writes by mistake. */
export interface CanaryStory {
  requests: CanaryRequests;
  workspaceId: string;
  runId: string;
  words: string;
  /** One of the secrets. */
  secret: string;
  /** What is no secret and stands among the words. */
  marker: string;
}

async function endOf(requests: CanaryRequests, runId: string): Promise<void> {
  await expect.poll(async () => isFinal((await requests.call<RunView>('runs.byId', { runId })).status), { timeout: 90_000, interval: 500 }).toBe(true);
}

/** Comments on the diff, sent with words of one's own. */
export async function reviewByMistake({ requests, runId, words }: CanaryStory): Promise<void> {
  await requests.change('review.addComment', { runId, path: 'told.txt', side: 'new', line: 1, lineText: words.slice(0, 2_000), body: words });
  await requests.call('review.comments', { runId });
  const { startedRun } = await requests.change<{ startedRun: RunView | null }>('review.send', { runId, words: `${words} [[sim:text text="seen"]]` });
  expect(startedRun).not.toBeNull();
  await endOf(requests, startedRun?.id ?? '');
}

/** Follow-ups that wait, one of them cancelled, behind a question that is answered. */
export async function steerByMistake({ requests, workspaceId, words, secret }: CanaryStory): Promise<void> {
  const { id: runId } = await requests.change<RunView>('runs.start', { workspaceId, prompt: `[[sim:bash cmd="echo ${secret} > said.txt"]] [[sim:text text="asked"]]`, permissionMode: 'default' });
  for (const prompt of [`${words} [[sim:text text="followed"]]`, words]) await requests.change('followUps.add', { runId, prompt });
  const queue = await requests.call<FollowUpQueue>('followUps.list', { runId });
  expect(queue.waiting).toHaveLength(2);
  await requests.change('followUps.cancel', { runId, followUpId: queue.waiting[1]?.id });
  const open = async () => (await requests.call<QuestionView[]>('questions.list', { runId })).find(({ status }) => status === 'open');
  await expect.poll(open, { timeout: 60_000, interval: 300 }).toBeDefined();
  await requests.change('questions.answer', { runId, questionId: (await open())?.id, answer: { kind: 'deny', words: words.slice(0, 2_000) } });
  await endOf(requests, runId);
  const waits = async () => (await requests.call<FollowUpQueue>('followUps.list', { runId })).waiting.length;
  await expect.poll(waits, { timeout: 60_000, interval: 300 }).toBe(0);
  const runs = await requests.call<RunView[]>('runs.list', { workspaceId });
  for (const run of runs) await endOf(requests, run.id);
  for (const name of ['conversations.runs', 'notices.list', 'questions.list', 'followUps.list']) await requests.call(name, { runId });
}

/** What keeps its words, or gives them away, takes none with a secret. */
export async function publishByMistake({ requests, workspaceId, runId, words, secret }: CanaryStory): Promise<void> {
  const schedule = { workspaceId, name: 'Every morning', prompt: '[[sim:text text="good morning"]]', pattern: '0 7 * * *', timezone: 'UTC' };
  expect(await requests.post('schedules.create', { ...schedule, prompt: words })).toBe(400);
  expect(await requests.post('schedules.create', { ...schedule, name: words.slice(0, 80) })).toBe(400);
  expect(await requests.post('schedules.create', schedule)).toBe(200);
  expect(await requests.post('publishing.commit', { runId, message: words })).toBe(400);
  expect(await requests.post('publishing.openPullRequest', { runId, title: words.slice(0, 250) })).toBe(400);
  expect(await requests.post('publishing.openPullRequest', { runId, title: 'Say it', body: words })).toBe(400);
  expect(await requests.post('publishing.push', { runId, branch: `work/${secret}` })).toBe(400);
  await requests.call('publishing.propose', { runId });
  await requests.call('publishing.state', { runId });
}

/** Types the words into a terminal, and prints what the run has left in its worktree. Returns what stood on the screen. */
export async function typeByMistake({ requests, workspaceId, runId, words, marker }: CanaryStory): Promise<string> {
  const { id: terminalId } = await requests.change<TerminalView>('terminals.open', { workspaceId, columns: 200, rows: 50 });
  const tab = randomUUID();
  const lines = [`echo '${words}'\r`, `cat /workspace/worktrees/${runId}/told.txt; echo printed-$((40+2))\r`];
  for (const [index, data] of lines.entries()) await requests.change('terminals.write', { workspaceId, terminalId, tab, sequence: index + 1, data });
  const screenOf = (text: string) => Buffer.concat([...text.matchAll(/"base64":"([^"]*)"/g)].map(([, piece = '']) => Buffer.from(piece, 'base64'))).toString('latin1');
  const text = await requests.stream('terminals.follow', { workspaceId, terminalId }, (so) => screenOf(so).includes('printed-42'));
  const screen = screenOf(text);
  expect(screen).toContain(marker);
  requests.seen.push({ name: 'screen of the terminal', content: Buffer.from(screen, 'latin1') });
  await requests.call('terminals.list', { workspaceId });
  return screen;
}

/** Looks for the secret in the logs, where it must not be found. */
export async function searchByMistake({ requests, workspaceId, runId, secret, marker }: CanaryStory): Promise<void> {
  const isOver = (text: string) => /"state":"(?:end|waiting)"/.test(text);
  for (const text of [secret, marker]) {
    const found = await requests.stream('logs.search', { runId, text }, isOver);
    expect(/"found":[1-9]/.test(found)).toBe(text === marker);
    await requests.stream('logs.searchAll', { workspaceId, text }, isOver);
  }
  await requests.call('logs.lines', { runId, stream: 'out', from: 1, count: 256 });
}
