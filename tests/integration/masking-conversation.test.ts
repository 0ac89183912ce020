import { randomBytes, randomUUID } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { boardInput } from '@/contract/board';
import { conversationEventsInput } from '@/contract/conversation';
import { searchLogInput, type LogSearchEvent } from '@/contract/log-search';
import type { RunView } from '@/contract/run';
import { logLinesInput } from '@/contract/run-log';
import { runs, secrets, secretVersions } from '@/db/schema';
import { database } from '@/server/database';
import { readBoard } from '@/server/runs/board';
import { readConversation } from '@/server/runs/conversation/read-conversation';
import { addFollowUp } from '@/server/runs/follow-ups/add-follow-up';
import { readQueue } from '@/server/runs/follow-ups/follow-up-queue';
import { readLogLines } from '@/server/runs/log-index/read-log-lines';
import { allowSearch, searchRun } from '@/server/runs/log-search/search-run';
import { commitWorktree } from '@/server/runs/publishing/commit-worktree';
import { openPullRequest } from '@/server/runs/publishing/open-pull-request';
import { proposePublishing } from '@/server/runs/publishing/propose';
import { publishStateOf } from '@/server/runs/publishing/publish-state';
import { pushBranch } from '@/server/runs/publishing/push-branch';
import { answerQuestion } from '@/server/runs/questions/answer-question';
import { listQuestions } from '@/server/runs/questions/question-views';
import { readReviewFile } from '@/server/runs/review/review-file';
import { addComment, listComments } from '@/server/runs/review/review-comments';
import { readRunDiff } from '@/server/runs/review/run-diff';
import { sendReview } from '@/server/runs/review/send-review';
import { createSchedule, listSchedules, runScheduleNow } from '@/server/runs/schedules/schedules';
import { startRun } from '@/server/runs/start-run';
import { deleteSecret, putSecret } from '@/server/secrets/vault';
import { requireWorkspaceAccess } from '@/server/workspaces/access';
import { everythingKept, unmaskedPlaces } from '@/tests/setup/kept-places';
import { startPublishingBench, type PublishingBench } from '@/tests/setup/publishing-bench';
import { endedRun } from '@/tests/setup/wait-for-state';

/** What a person writes around a run with a secret in it, by the real ways, and what of it is in any row, kept file or answer, or on GitHub: nothing (SEC-06). */
const own = `own-${randomBytes(18).toString('base64url')}`;
const token = `ghp_${randomBytes(18).toString('hex')}`;
const both = `${own} and ${token}`;
const stars = `${'*'.repeat(own.length)} and ${'*'.repeat(token.length)}`;
let bench: PublishingBench;
let run: RunView;
/** Answers that pages were given. */
const answers = new Map<string, string>();

beforeAll(async () => {
  bench = await startPublishingBench();
  await putSecret(database(), { ownerId: bench.ada.userId, kind: 'custom', name: 'NPM_TOKEN' }, own);
  run = await bench.run('Plan the garden. [[sim:bash cmd="cat $ANYON_SECRETS_DIR/env/NPM_TOKEN | tee told.txt"]] [[sim:text text="The garden is planned."]]');
  expect(run).toMatchObject({ status: 'succeeded' });
});
afterAll(() => bench?.close());

const access = (one = run) => bench.access(one);
const workspace = () => requireWorkspaceAccess(bench.ada, bench.workspaceId);
/** The same place twice would hide the first. */
const note = (place: string, answer: unknown) => answers.set(`${place} ${randomUUID()}`, JSON.stringify(answer));
const refused = { kind: 'invalid', message: expect.stringMatching(/holds (a|one of your) secrets?\./) as string };

/** What a live run writes raw goes when it is over; while one is `alive` its exchange directory is not looked into. */
async function findings({ alive = false } = {}): Promise<string[]> {
  const kept = new Map([...(await everythingKept(bench.product))].filter(([place]) => !alive || !place.includes('/exchange/')));
  for (const [place, answer] of answers) kept.set(`answer: ${place}`, Buffer.from(answer));
  kept.set('pull requests on GitHub', Buffer.from(JSON.stringify(bench.repository.pulls)));
  return unmaskedPlaces([own, token], kept);
}

describe('SEC-06 no sink around a conversation keeps a secret', () => {
  it('what Claude said is masked in the conversation, in the log and in what a search finds', async () => {
    const page = await readConversation(await access(), conversationEventsInput.parse({ runId: run.id, limit: 1000 }));
    note('conversation', page);
    expect(JSON.stringify(page)).toContain('*'.repeat(own.length));
    for (const [text, isThere] of [[own, false], [own.slice(4), false], ['*'.repeat(12), true]] as const) {
      const events: LogSearchEvent[] = [];
      const search = allowSearch(await access(), searchLogInput.parse({ runId: run.id, text }));
      for await (const { event } of searchRun(await access(), search, AbortSignal.timeout(60_000))) events.push(event);
      note('search', events);
      expect((events.at(-1)?.found ?? 0) > 0).toBe(isThere);
    }
    note('log lines', await readLogLines(await access(), logLinesInput.parse({ runId: run.id, stream: 'out', from: 1, count: 256 })));
    note('board', await readBoard(bench.ada, boardInput.parse({})));
    note('diff', await readRunDiff(await access()));
    expect(await findings()).toEqual([]);
  });

  it('a review: comments, and the follow-up that they become', async () => {
    await addComment(await access(), { path: 'told.txt', side: 'new', line: 1, lineText: own, body: `Why is ${both} here?` });
    const comments = await listComments(await access());
    note('comments', comments);
    expect(comments).toMatchObject([{ lineText: '*'.repeat(own.length), body: `Why is ${stars} here?` }]);
    const { startedRun } = await sendReview(await access(), { words: `Mind ${both}. [[sim:text text="minded"]]` });
    if (!startedRun) throw new Error('The review waits.');
    const reviewed = await endedRun(bench.ada, startedRun);
    note('run of the review', reviewed);
    expect(reviewed.prompt).toContain(`Mind ${stars}.`);
    await expect.poll(() => findings(), { timeout: 60_000 }).toEqual([]);
  });

  it('follow-ups that wait, and a question with its answer', async () => {
    const asking = await startRun(await workspace(), { prompt: `[[sim:bash cmd="echo ${own} > said.txt"]] [[sim:text text="done"]]`, permissionMode: 'default' });
    await addFollowUp(await access(asking), { prompt: `[[sim:text text="${both}"]]`, now: false });
    const queue = await readQueue(await access(asking));
    note('queue', queue);
    expect(queue.waiting).toMatchObject([{ prompt: `[[sim:text text="${stars}"]]` }]);
    const asked = async () => (await listQuestions(await access(asking))).filter(({ status }) => status === 'open');
    await expect.poll(async () => (await asked()).length, { timeout: 60_000 }).toBe(1);
    const [question] = await asked();
    note('question', question);
    expect(JSON.stringify(question)).toContain(`echo ${'*'.repeat(own.length)}`);
    note('answered', await answerQuestion(await access(asking), { questionId: question!.id, answer: { kind: 'deny', words: `Never say ${both}.`, stop: false } }));
    expect(await findings({ alive: true })).toEqual([]);
    expect(await endedRun(bench.ada, asking)).toMatchObject({ status: 'succeeded' });
    const waited = async () => (await database().select().from(runs).where(eq(runs.claudeSessionId, asking.claudeSessionId))).find(({ id }) => id !== asking.id);
    await expect.poll(waited, { timeout: 60_000 }).toBeDefined();
    expect(await endedRun(bench.ada, { id: (await waited())!.id })).toMatchObject({ status: 'succeeded', resultText: stars });
    await expect.poll(() => findings(), { timeout: 60_000 }).toEqual([]);
  });

  it('a schedule is refused with one, in its prompt and in its name', async () => {
    const fields = { name: 'Every morning', prompt: '[[sim:text text="good morning"]]', pattern: '0 7 * * *', timezone: 'UTC', startsWorkspace: false };
    await expect(createSchedule(await workspace(), { ...fields, prompt: both })).rejects.toMatchObject(refused);
    await expect(createSchedule(await workspace(), { ...fields, name: own })).rejects.toMatchObject(refused);
    const { id } = await createSchedule(await workspace(), fields);
    note('schedules', [await listSchedules(bench.ada), await runScheduleNow(bench.ada, id)]);
    expect(await findings()).toEqual([]);
  });

  it('publishing refuses words with one, and proposes none; what Claude wrote into a file is the person’s own business', async () => {
    note('proposal', await proposePublishing(await access()));
    for (const words of [own, token, Buffer.from(own).toString('base64')]) {
      await expect(commitWorktree(await access(), { message: `Say ${words}`, coAuthor: false })).rejects.toMatchObject(refused);
      await expect(openPullRequest(await access(), { title: `Say ${words}`, body: '', draft: false })).rejects.toMatchObject(refused);
      await expect(openPullRequest(await access(), { title: 'Say it', body: `Say ${words}`, draft: false })).rejects.toMatchObject(refused);
    }
    await expect(pushBranch(await access(), { branch: `say-${own}`, force: false })).rejects.toMatchObject(refused);
    await commitWorktree(await access(), { message: 'Plan it', coAuthor: true });
    const state = await openPullRequest(await access(), { title: 'Plan it', body: 'As it was told.', draft: true });
    note('publishing', [state, await publishStateOf(await access())]);
    expect(bench.repository.pulls).toMatchObject([{ title: 'Plan it' }]);
    expect(await findings()).toEqual([]);
  });

  it('a run that is over stays readable, and masked, when its secret is replaced and when it is deleted', async () => {
    const place = { ownerId: bench.ada.userId, kind: 'custom', name: 'NPM_TOKEN' } as const;
    const [{ id: secretId } = { id: '' }] = await database().select({ id: secrets.id }).from(secrets).where(eq(secrets.name, 'NPM_TOKEN'));
    const file = { fileId: (await readRunDiff(await access())).files[0]?.id ?? '', against: 'run', what: 'patch' } as const;
    note('file, before', await readReviewFile(await access(), file));
    const later = `later-${randomBytes(18).toString('base64url')}`;
    for (const change of [async () => void (await putSecret(database(), place, later)), async () => deleteSecret(database(), secretId)]) {
      await change();
      const page = await readConversation(await access(), conversationEventsInput.parse({ runId: run.id, limit: 1000 }));
      note('conversation, later', page);
      expect(JSON.stringify(page)).toContain('*'.repeat(own.length));
      note('diff, later', await readRunDiff(await access()));
      await expect(readReviewFile(await access(), file)).rejects.toThrow('A secret that this run was given has been replaced or deleted since');
    }
    const stored = await database().select().from(secretVersions).innerJoin(secrets, eq(secrets.id, secretVersions.secretId)).where(eq(secrets.name, 'NPM_TOKEN'));
    expect(stored).toEqual([]); // else nothing was proved
    await addComment(await access(), { path: 'told.txt', side: 'new', line: 1, lineText: 'why?', body: 'Why is it here?' });
    expect(await findings()).toEqual([]);
  });

  it('would be found: in a row, in a file and in an answer', async () => {
    note('control', { said: Buffer.from(`x${own}`).toString('base64') });
    await database().update(runs).set({ branch: token }).where(eq(runs.id, run.id));
    expect((await findings()).map((place) => place.replace(/ [0-9a-f-]{36}$/, '')).sort()).toEqual(['answer: control', 'public.runs']);
  });
});
