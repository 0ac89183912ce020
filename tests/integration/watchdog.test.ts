import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { eq } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Actor } from '@/contract/actor';
import { addFollowUpInput } from '@/contract/follow-up';
import { isFinal, type RunView, type StartRunInput } from '@/contract/run';
import type { RunNotice } from '@/contract/run-notice';
import { runAttempts, runNotices, runs } from '@/db/schema';
import { database } from '@/server/database';
import { runLogDir } from '@/server/deployment/paths';
import { enqueueRun } from '@/server/queue/queue';
import { requireRunAccess } from '@/server/runs/access';
import { addFollowUp } from '@/server/runs/follow-ups/add-follow-up';
import { answerQuestion } from '@/server/runs/questions/answer-question';
import { listQuestions } from '@/server/runs/questions/question-views';
import { resumeRun } from '@/server/runs/resume-run';
import { getRun } from '@/server/runs/run-queries';
import { startRun } from '@/server/runs/start-run';
import { listNotices } from '@/server/runs/watchdog/list-notices';
import { requireWorkspaceAccess } from '@/server/workspaces/access';
import { buildImageThatHangs } from '@/tests/setup/stand-in-image';
import { changeEnvironment } from '@/tests/setup/test-environment';
import { startTestProduct, type TestProduct } from '@/tests/setup/test-product';
import { startTestWorker, type TestWorker } from '@/tests/setup/test-worker';
import { runningWorkspace } from '@/tests/setup/wait-for-state';

/** Hangs of every kind with the real CLI: the simulator stops answering, or a script around the CLI does what the CLI has done to others. */
let product: TestProduct;
let worker: TestWorker;
let image: Awaited<ReturnType<typeof buildImageThatHangs>>;
let person: Actor;
let workspaceId: string;

/** Eighteen times faster and more; a start of the CLI takes seconds on a busy machine, and so does a word of it: other files run beside this one. */
const SHORT = {
  ANYON_WATCHDOG_NO_OUTPUT_SECONDS: '45',
  ANYON_WATCHDOG_SILENCE_SECONDS: '10',
  ANYON_WATCHDOG_NUDGE_SECONDS: '2',
  ANYON_WATCHDOG_RESTART_SECONDS: '3',
  ANYON_WATCHDOG_LINGERING_SECONDS: '8',
  ANYON_WATCHDOG_END_SECONDS: '2',
};

/** Nothing is silent for so long here: what is measured is something else. */
const PATIENT = { ANYON_WATCHDOG_NO_OUTPUT_SECONDS: '600', ANYON_WATCHDOG_SILENCE_SECONDS: '600', ANYON_WATCHDOG_LINGERING_SECONDS: '600' };

beforeAll(async () => {
  image = await buildImageThatHangs();
  product = await startTestProduct({ image: image.name });
  changeEnvironment(SHORT);
  product.addRepository('hello', { 'README.md': '# Hello\n' });
  worker = await startTestWorker();
  person = await product.addUser('ada');
  ({ id: workspaceId } = await runningWorkspace(person, { repositoryUrl: `${product.gitUrl}/hello.git`, limits: { memoryBytes: 4 * 1024 ** 3 } }));
});

afterAll(async () => {
  await worker?.stop();
  await product?.close();
  await image?.remove();
});

const start = async (prompt: string, more: Partial<StartRunInput> = {}) => startRun(await requireWorkspaceAccess(person, workspaceId), { prompt, ...more });
const noticesOf = async (run: RunView) => listNotices(await requireRunAccess(person, run.id));
const outputOf = async (run: RunView) => readFile(path.join(runLogDir(run.id), 'out.log'), 'utf8');
const grades = (notices: RunNotice[]) => notices.map(({ kind, action }) => `${kind} ${action}`);

async function runWith(run: RunView, done: (view: RunView, notices: RunNotice[]) => boolean): Promise<RunView> {
  for (;;) {
    const notices = await noticesOf(run); // before the view, which then tells of them
    const view = await getRun(await requireRunAccess(person, run.id));
    if (done(view, notices) || isFinal(view.status)) return view;
    await sleep(100);
  }
}

const ended = (run: RunView) => runWith(run, () => false);

describe('N5 hangs that are cured', () => {
  // What takes longest begins first: five go on at a time.
  it.concurrent('a process that never says anything is given up after two new starts', async () => {
    const run = await start('Say something.', { model: 'mute' });
    // Two that were in vain already: each of them takes its time.
    for (const attempt of [-2, -1]) await database().insert(runNotices).values({ id: uuidv7(), runId: run.id, attempt, kind: 'no_output', action: 'restarted', said: '' as never, endedAt: new Date() });
    const over = await ended(run);
    expect(over.status).toBe('failed');
    expect(over.statusReason).toMatch(/^Claude Code has not written a line \d+ seconds after it was started, although it was started again 2 times; the run is given up\.$/);
    expect(grades(await noticesOf(run)).slice(2)).toEqual(['no_output told', 'no_output ended']);
  });

  it.concurrent('a nudge that does not help: Claude Code is started again in the same session, and goes on', async () => {
    const run = await start('[[sim:hang sticky=true times=2 id=restart]]');
    const over = await ended(run);
    expect(over).toMatchObject({ status: 'succeeded', statusReason: null, attempt: 2, claudeSessionId: run.claudeSessionId, branch: run.branch });
    expect(grades(await noticesOf(run)).filter((grade) => !grade.endsWith('told'))).toEqual(['silence nudged', 'silence restarted']);
    const attempts = await database().select().from(runAttempts).where(eq(runAttempts.runId, run.id));
    expect(attempts.sort((one, other) => one.number - other.number).map(({ reason }) => reason)).toEqual(['watchdog', null]);
    expect((await noticesOf(run)).at(-1)?.said).toMatch(/^Claude Code has been silent for \d+ seconds with no tool at work; its process was ended and it is started again in the same session\.$/);
  });

  it.concurrent.each([
    ['a service that never answers', '[[sim:hang]] [[sim:text text="never said"]]'],
    ['a service that goes silent in the middle of a text', '[[sim:stall after=6]] [[sim:long lines=40]]'],
    ['a service that goes silent after its first block', '[[sim:bash cmd="echo one"]] [[sim:stall after=5]] [[sim:text text="short"]]'],
  ])('%s: it is said, then Claude is interrupted and asked to go on, and does', async (_name, prompt) => {
    const run = await start(prompt);
    const told = await runWith(run, (_view, notices) => notices.length > 0);
    const [notice] = await noticesOf(run);
    expect(notice).toMatchObject({ kind: 'silence', action: 'told' });
    if (told.status === 'running' && notice?.next) {
      expect(told.statusReason).toMatch(/^Claude Code has been silent for \d+ seconds with no tool at work\.$/);
      expect(notice.next).toEqual({ action: 'nudged', at: new Date(notice.at.getTime() + 2_000) });
    }
    const over = await ended(run);
    expect(over).toMatchObject({ status: 'succeeded', statusReason: null, attempt: 1 });
    const notices = await noticesOf(run);
    expect(grades(notices).slice(0, 2)).toEqual(['silence told', 'silence nudged']);
    expect(notices.filter(({ action }) => action === 'nudged')).toHaveLength(1);
    for (const { endedAt, next } of notices) expect({ isOver: endedAt !== null, next }).toEqual({ isOver: true, next: null });
  });

  it.concurrent('a result and a process that does not end: it is ended, and the result counts', async () => {
    const over = await ended(await start('[[sim:text text="All is done."]]', { model: 'lingering' }));
    expect(over).toMatchObject({ status: 'succeeded', statusReason: null, attempt: 1, resultText: 'All is done.' });
    expect(grades(await noticesOf(over))).toEqual(['lingering told', 'lingering ended']);
  });

  it.concurrent('no false alarm: a tool that says nothing is left alone, far past every grade', async () => {
    const over = await ended(await start('[[sim:bash cmd="for i in 1; do sleep 27; done; echo slept"]] [[sim:text text="built"]]'));
    expect(over).toMatchObject({ status: 'succeeded', attempt: 1, resultText: 'built' });
    expect(await noticesOf(over)).toEqual([]);
    expect(await outputOf(over)).toContain('"slept"'); // the CLI refuses a sleep that stands alone
  });

  it.concurrent('no false alarm: what a sub-agent does beside a tool is not silence either', async () => {
    const over = await ended(await start('[[sim:task cmd="for i in 1; do sleep 15; done; echo slept"]] [[sim:bash cmd="for i in 1; do sleep 16; done"]] [[sim:text text="done"]]'));
    expect(over).toMatchObject({ status: 'succeeded', attempt: 1 });
    expect(await noticesOf(over)).toEqual([]);
    expect(await outputOf(over)).toContain('"slept"');
  });

  it.concurrent('what goes on in the background after the result is told of, and waited for: its end is answered', async () => {
    const run = await start('[[sim:bash cmd="for i in 1 2; do sleep 9; done" background=true]] [[sim:text text="It builds."]]');
    await runWith(run, (_view, notices) => notices.length > 0);
    const [notice] = await noticesOf(run);
    expect(notice).toMatchObject({ kind: 'background', action: 'told', next: { action: 'ended' } });
    expect(notice?.said).toMatch(/^Claude Code wrote its result and waits for what it left to go on in the background \(Run a command\), of which nothing has come for \d+ seconds\.$/);
    const over = await ended(run);
    expect(over).toMatchObject({ status: 'succeeded', attempt: 1, resultText: 'Done: every step was carried out.' });
    expect(new Set(grades(await noticesOf(over)))).toEqual(new Set(['background told']));
  });

  it.concurrent('a limit of a run: makes no new start when the limit was used up by the starts before', async () => {
    // Where the first start came sooner than the limit is used up, the watchdog makes the next.
    const run = await start('[[sim:hang sticky=true id=limit]]', { maxTurns: 3 });
    await database().update(runs).set({ turns: 3 }).where(eq(runs.id, run.id));
    const over = await ended(run);
    expect(over).toMatchObject({ status: 'failed', limitReached: 'turns', statusReason: 'The run has used its 3 turns. Resume it to go on where it was: it is allowed as many again.' });
  });
});

describe('N5 a worker that dies', () => {
  it('repeats nothing and forgets nothing: the next one goes on at the same grade', async () => {
    const run = await start('[[sim:hang sticky=true times=2 id=worker]]');
    await runWith(run, (_view, notices) => notices.length === 1);
    await worker.stop();
    expect(grades(await noticesOf(run))).toEqual(['silence told']);
    worker = await startTestWorker();
    await enqueueRun(database(), { runId: run.id }); // what its sweep would do
    await runWith(run, (_view, notices) => notices.some(({ action }) => action === 'nudged'));
    await worker.stop();
    worker = await startTestWorker();
    await enqueueRun(database(), { runId: run.id });
    const over = await ended(run);
    expect(over).toMatchObject({ status: 'succeeded', attempt: 2 });
    const done = grades(await noticesOf(run)).filter((grade) => !grade.endsWith('told'));
    expect(done).toEqual(['silence nudged', 'silence restarted']);
  });
});

describe('N5 what is only told, and limits of a run', () => {
  beforeAll(() => changeEnvironment({ ...PATIENT, ANYON_WATCHDOG_ANSWER_SECONDS: '2', ANYON_WATCHDOG_TOOL_SECONDS: '3' }));
  afterAll(() => changeEnvironment({ ...SHORT, ANYON_WATCHDOG_ANSWER_SECONDS: undefined, ANYON_WATCHDOG_TOOL_SECONDS: undefined }));

  it.concurrent('a question that nobody answers: it waits for as long as it takes, and goes on with the answer', async () => {
    const run = await start('[[sim:bash cmd="touch answered.txt"]] [[sim:text text="thank you"]]', { permissionMode: 'default' });
    const told = await runWith(run, (_view, notices) => notices.some(({ kind }) => kind === 'waiting_for_answer'));
    expect(told.status).toBe('needs_you');
    const notice = (await noticesOf(run)).find(({ kind }) => kind === 'waiting_for_answer');
    expect(notice).toMatchObject({ kind: 'waiting_for_answer', action: 'told', endedAt: null, next: null });
    expect(notice?.said).toMatch(/^Claude has waited for an answer for \d+ seconds\. The run goes on as soon as somebody answers\.$/);
    const access = await requireRunAccess(person, run.id);
    const [question] = await listQuestions(access);
    await answerQuestion(access, { questionId: question?.id ?? '', answer: { kind: 'allow', always: false } });
    expect(await ended(run)).toMatchObject({ status: 'succeeded', attempt: 1, resultText: 'thank you' });
    const notices = (await noticesOf(run)).filter(({ kind }) => kind !== 'quiet_tool'); // the tool itself may be slow on a busy machine
    expect(grades(notices)).toEqual(['waiting_for_answer told']);
    expect(notices[0]?.endedAt).not.toBeNull();
  });

  it.concurrent('a tool that says nothing for long: it is named, and nothing is done about it', async () => {
    const run = await start('[[sim:bash cmd="sleep 12"]] [[sim:text text="built"]]');
    const told = await runWith(run, (_view, notices) => notices.length > 0);
    expect(told.status).toBe('running');
    expect(await noticesOf(run)).toMatchObject([{ kind: 'quiet_tool', action: 'told', endedAt: null, next: null, said: expect.stringMatching(/^Bash has been at work for \d+ seconds without a word\. That may be as it should; nothing is done about it\.$/) }]);
    expect(await ended(run)).toMatchObject({ status: 'succeeded', attempt: 1, resultText: 'built' });
    const notices = await noticesOf(run);
    expect(new Set(grades(notices))).toEqual(new Set(['quiet_tool told']));
    expect(notices[0]?.endedAt).not.toBeNull();
  });

  // Limits of a run: they ask nothing of the watchdog.
  it.concurrent('ends at its limit of turns, with a sentence', async () => {
    const over = await ended(await start('[[sim:loop times=5 cmd=true]]', { maxTurns: 2 }));
    expect(over).toMatchObject({ status: 'failed', statusReason: 'The run reached its limit of 2 turns before it was done. Resume it to go on where it was: it is allowed as much again.' });
    expect(over.limitReached).toBe('turns');
    // With another limit it goes on to its end, and a follow-up that is told nothing has that limit too.
    const resumed = await ended(await resumeRun(await requireRunAccess(person, over.id), { prompt: '[[sim:loop times=3 cmd=true]]', limits: { maxTurns: 9, budgetUsd: 5 } }));
    expect(resumed).toMatchObject({ status: 'succeeded', maxTurns: 9, budgetUsd: 5, resumesRunId: over.id });
    const { startedRun } = await addFollowUp(await requireRunAccess(person, resumed.id), addFollowUpInput.parse({ runId: resumed.id, prompt: '[[sim:text text="and this"]]' }));
    expect(startedRun).toMatchObject({ maxTurns: 9, budgetUsd: 5 });
  });

  it.concurrent('ends at its budget, with what it has cost', async () => {
    const over = await ended(await start('[[sim:loop times=9 cmd=true]]', { budgetUsd: 0.03 }));
    expect(over.status).toBe('failed');
    expect(over.statusReason).toMatch(/^The run reached its budget of \$0\.0300 before it was done; it has cost \$0\.0[3-9]\d\d\. Resume it to go on where it was: it is allowed as much again\.$/);
    expect(over.limitReached).toBe('budget');
    expect(over.nextStep).toBe('Resume it, with a higher limit where that is wanted: Claude goes on where it was.');
  });
});
