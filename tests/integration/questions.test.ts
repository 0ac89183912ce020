import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { and, eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Actor } from '@/contract/actor';
import type { RunView } from '@/contract/run';
import { runQuestions, runs } from '@/db/schema';
import { containerEngine } from '@/server/containers/container-engine';
import { database } from '@/server/database';
import { enqueueRun } from '@/server/queue/queue';
import { controlResponse } from '@/server/runs/questions/control-response';
import { listQuestions } from '@/server/runs/questions/question-views';
import { storeRunEvents } from '@/server/runs/run-events';
import { runMasker } from '@/server/secrets/run-masker';
import { stopRun } from '@/server/runs/stop-run';
import { tellClaude } from '@/server/runs/tell-claude';
import { maskTokens } from '@/server/secrets/masked-text';
import { startQuestionsBench, toolResults, type QuestionsBench } from '@/tests/setup/questions-bench';
import { startTestWorker } from '@/tests/setup/test-worker';
import { runWhere } from '@/tests/setup/wait-for-state';

/** Permission modes and what Claude asks of a person: the real CLI in the real engine, with the simulator in Claude's place. */
let bench: QuestionsBench;
const access = (run: RunView, actor?: Actor) => bench.access(run, actor);
const start: QuestionsBench['start'] = (...given) => bench.start(...given);
const openQuestions: QuestionsBench['openQuestions'] = (...given) => bench.openQuestions(...given);
const openQuestion = (run: RunView) => bench.openQuestion(run);
const answer: QuestionsBench['answer'] = (...given) => bench.answer(...given);
const end = (run: RunView) => bench.end(run);
const inWorktree = (run: RunView, name: string) => bench.inWorktree(run, name);

beforeAll(async () => {
  bench = await startQuestionsBench();
});

afterAll(() => bench?.close());

describe('a tool that Claude may not use without asking', () => {
  it('is asked for with what it is about, and used when it is allowed; the person is told by an alert until then', async () => {
    const run = await start('default', '[[sim:bash cmd="echo allowed > a.txt"]] [[sim:text text="done now"]]');
    const question = await openQuestion(run);
    expect(question).toMatchObject({ kind: 'permission', status: 'open', toolName: 'Bash', input: { command: 'echo allowed > a.txt' }, answeredBy: null, answerInWords: null, delivery: null });
    expect(await runWhere(bench.owner, run, ({ status }) => status === 'needs_you')).toMatchObject({ statusReason: 'Claude asks to run echo allowed > a.txt', nextStep: 'It goes on when you answer.' });
    expect(await bench.openAlerts()).toEqual([{ kind: 'run_needs_you', body: 'Claude asks to run echo allowed > a.txt' }]);
    const [answered] = await answer(run, question, { kind: 'allow' });
    expect(answered).toMatchObject({ status: 'answered', answerInWords: 'Allowed', answeredBy: { login: 'owner' } });
    const ended = await end(run);
    expect([ended.status, ended.statusReason, ended.resultText]).toEqual(['succeeded', null, 'done now']);
    expect(inWorktree(run, 'a.txt')).toBe('allowed\n');
    expect((await listQuestions(await access(run)))[0]?.delivery).toBe('delivered');
    expect(await bench.openAlerts()).toEqual([]);
  });

  it.concurrent('is not used when it is denied, and Claude hears why', async () => {
    const run = await start('default', '[[sim:bash cmd="echo denied > a.txt"]] [[sim:text text="then not"]]');
    await answer(run, await openQuestion(run), { kind: 'deny', words: 'Not on a Saturday.' });
    const ended = await end(run);
    expect([ended.status, ended.resultText, ended.changedFiles]).toEqual(['succeeded', 'then not', []]);
    expect((await toolResults(run)).join()).toContain('Not on a Saturday.');
    expect((await listQuestions(await access(run)))[0]).toMatchObject({ answerInWords: 'Denied: Not on a Saturday.', delivery: 'delivered' });
  });

  it.concurrent('is used with another input when a person has changed it', async () => {
    const run = await start('default', '[[sim:bash cmd="echo before > a.txt"]]');
    const question = await openQuestion(run);
    await expect(answer(run, question, { kind: 'allow', input: '["no object"]' })).rejects.toMatchObject({ kind: 'invalid', message: expect.stringContaining('not a JSON object') });
    await answer(run, question, { kind: 'allow', input: '{"command":"echo after > a.txt","description":"changed"}' });
    expect((await end(run)).status).toBe('succeeded');
    expect(inWorktree(run, 'a.txt')).toBe('after\n');
  });

  it.concurrent('is not asked for again when it is allowed for the run', async () => {
    const run = await start('default', '[[sim:bash cmd="touch a.txt"]] [[sim:bash cmd="touch a.txt"]] [[sim:write path=b.txt content=x]]');
    const question = await openQuestion(run);
    expect(question.alwaysInWords).toContain('Bash (touch a.txt');
    await answer(run, question, { kind: 'allow', always: true });
    // Only this kind of thing: the file is asked for all the same.
    const next = await openQuestion(run);
    expect(next).toMatchObject({ toolName: 'Write', input: { content: 'x' } });
    expect(await toolResults(run)).toHaveLength(2);
    await answer(run, next, { kind: 'allow' });
    expect((await end(run)).status).toBe('succeeded');
    expect(await listQuestions(await access(run))).toHaveLength(2);
  });

  it('that is too large to be seen whole is asked about by its beginning, and can only be denied', async () => {
    const run = await start('default', '[[sim:write path=large.txt mb=1]] [[sim:text text="smaller then"]]');
    const question = await openQuestion(run);
    expect(question).toMatchObject({ kind: 'permission', toolName: 'Write', isCut: true, input: { file_path: expect.stringMatching(/large\.txt$/), content: expect.stringMatching(/…$/) } });
    expect(JSON.stringify(question.input).length).toBeGreaterThan(32 * 1024);
    expect((await runWhere(bench.owner, run, ({ status }) => status === 'needs_you')).statusReason).toBe('Claude asks to write large.txt');
    await expect(answer(run, question, { kind: 'allow' })).rejects.toMatchObject({ kind: 'invalid', message: expect.stringMatching(/^This is too large to be seen whole, so it cannot be allowed\./) });
    await answer(run, question, { kind: 'deny', words: 'Write it in ten files.' });
    expect(await end(run)).toMatchObject({ status: 'succeeded', resultText: 'smaller then' });
    expect((await toolResults(run)).join('')).toContain('Write it in ten files.');
    expect((await listQuestions(await access(run)))[0]).toMatchObject({ delivery: 'delivered', answerInWords: 'Denied: Write it in ten files.' });
  });
});

// Groups of few: each run is a Claude Code of its own.
describe('a tool with a secret in its input', () => {
  it.concurrent('holds a secret: nobody sees it, and Claude uses it', async () => {
    const token = `ghp_${'a1B2c3D4e5'.repeat(4).slice(0, 36)}`;
    const run = await start('default', `[[sim:bash cmd="echo ${token} > a.txt"]]`);
    const question = await openQuestion(run);
    expect(question).toMatchObject({ hasMasked: true, input: { command: `echo ${'*'.repeat(token.length)} > a.txt` } });
    await expect(answer(run, question, { kind: 'allow', input: JSON.stringify(question.input) })).rejects.toMatchObject({ kind: 'invalid', message: expect.stringContaining('masked') });
    await answer(run, question, { kind: 'allow' });
    expect((await end(run)).status).toBe('succeeded');
    expect(inWorktree(run, 'a.txt')).toBe(`${token}\n`);
    expect(JSON.stringify(await database().select().from(runQuestions).where(eq(runQuestions.runId, run.id)))).not.toContain(token.slice(4));
  });

  it.concurrent('may be told a secret, which is not kept', async () => {
    const token = `ghp_${'z9Y8x7W6v5'.repeat(4).slice(0, 36)}`;
    const run = await start('default', '[[sim:bash cmd="echo nothing > a.txt"]]');
    const question = await openQuestion(run);
    await answer(run, question, { kind: 'allow', input: `{"command":"echo ${token} > a.txt"}` });
    expect((await end(run)).status).toBe('succeeded');
    expect(inWorktree(run, 'a.txt')).toBe(`${token}\n`);
    const rows = await database().select().from(runQuestions).where(eq(runQuestions.runId, run.id));
    expect(rows).toMatchObject([{ sealedAnswer: null, deliveredAt: expect.any(Date) }]);
    expect(JSON.stringify(rows)).not.toContain(token.slice(4));
  });
});

describe('a tool that is asked for', () => {
  it.concurrent('may be asked for together with another, and each gets its own answer', async () => {
    const run = await start('default', '[[sim:pair first="https://one.example/" second="https://two.example/"]] [[sim:text text=both]]');
    const [first, second] = await openQuestions(run, 2);
    expect([first?.input, second?.input]).toMatchObject([{ url: 'https://one.example/' }, { url: 'https://two.example/' }]);
    await answer(run, second!, { kind: 'deny', words: 'Not the second.' });
    expect((await runWhere(bench.owner, run, ({ status }) => status === 'needs_you')).statusReason).toBe('Claude asks to fetch https://one.example/');
    await answer(run, first!, { kind: 'deny', words: 'Not the first.' });
    expect((await end(run)).resultText).toBe('both');
    const results = (await toolResults(run)).join();
    expect(results).toContain('Not the first.');
    expect(results).toContain('Not the second.');
  });

  it.concurrent('is answered by whoever comes first', async () => {
    const run = await start('default', '[[sim:bash cmd="echo once >> a.txt"]]');
    const question = await openQuestion(run);
    const admin = await bench.product.addUser('boss', 'admin');
    const both = await Promise.allSettled([answer(run, question, { kind: 'allow' }), answer(run, question, { kind: 'deny' }, admin)]);
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    const lost = both.find((one) => one.status === 'rejected');
    expect(lost?.reason).toMatchObject({ kind: 'conflict', message: expect.stringMatching(/^(owner has answered this already: Allowed|boss has answered this already: Denied)$/) });
    await end(run);
    const stranger = await bench.product.addUser('passer-by');
    await expect(access(run, stranger)).rejects.toMatchObject({ kind: 'not_found' });
  });
});

describe('the modes', () => {
  it.concurrent('acceptEdits: files may be changed, the rest is asked for; bypassPermissions: nothing is', async () => {
    const steps = '[[sim:write path=a.txt content=x]] [[sim:bash cmd="git commit --allow-empty -qm x"]]';
    const [edits, bypass] = await Promise.all([start('acceptEdits', steps), start('bypassPermissions', steps)]);
    const question = await openQuestion(edits);
    expect(question).toMatchObject({ toolName: 'Bash' });
    expect(inWorktree(edits, 'a.txt')).toBe('x');
    await answer(edits, question, { kind: 'allow' });
    expect([(await end(edits)).status, (await end(bypass)).status]).toEqual(['succeeded', 'succeeded']);
    expect(await listQuestions(await access(bypass))).toEqual([]);
  });

  it.concurrent('plan: the plan is shown, sent back with words, approved, and then carried out without a question where that was said', async () => {
    const run = await start('plan', '[[sim:plan text="# First\n- one"]] [[sim:plan text="# Second\n- two"]] [[sim:write path=a.txt content=x]] [[sim:bash cmd="git commit --allow-empty -qm x"]] [[sim:text text=carried]]');
    const first = await openQuestion(run);
    expect(first).toMatchObject({ kind: 'plan', input: { plan: '# First\n- one' }, alwaysInWords: null });
    await answer(run, first, { kind: 'deny', words: 'Two, please.' });
    const second = await openQuestion(run);
    expect(second).toMatchObject({ kind: 'plan', input: { plan: '# Second\n- two' } });
    expect((await toolResults(run)).join()).toContain('Keep planning: Two, please.');
    await answer(run, second, { kind: 'allow', mode: 'bypassPermissions' });
    const ended = await end(run);
    expect([ended.status, ended.resultText]).toEqual(['succeeded', 'carried']);
    expect(inWorktree(run, 'a.txt')).toBe('x');
    expect((await listQuestions(await access(run))).map(({ answerInWords }) => answerInWords)).toEqual(['Approved; it asks for nothing more', 'Keep planning: Two, please.']);
    expect(await database().select({ answer: runQuestions.answer }).from(runQuestions).where(and(eq(runQuestions.runId, run.id), eq(runQuestions.toolName, maskTokens('Bash'))))).toEqual([{ answer: { kind: 'automatic' } }]);
  });
});

it.concurrent('a choice is made of the options or in own words', async () => {
  const run = await start('default', '[[sim:ask question="Which colour?" options="Red, Blue" second="And the shape?"]] [[sim:text text=chosen]]');
  const question = await openQuestion(run);
  expect(question).toMatchObject({ kind: 'choice', choices: [{ question: 'Which colour?', multiple: false, options: [{ label: 'Red', description: 'Chooses Red' }, { label: 'Blue' }] }, { question: 'And the shape?' }] });
  await expect(answer(run, question, { kind: 'choose', chosen: [['Red']] })).rejects.toMatchObject({ kind: 'invalid', message: 'Answer each of the questions.' });
  await expect(answer(run, question, { kind: 'choose', chosen: [['Red', 'Blue'], ['x']] })).rejects.toMatchObject({ kind: 'invalid' });
  await answer(run, question, { kind: 'choose', chosen: [['Blue'], ['round as a "ball"']] });
  expect((await end(run)).resultText).toBe('chosen');
  const results = (await toolResults(run)).join();
  expect(results).toContain('=\\"Blue\\"');
  expect(results).toContain('round as a');
});

describe('a question that nobody can answer any more', () => {
  it.concurrent('goes with a stop, which takes less than 5 seconds', async () => {
    const run = await start('default', '[[sim:bash cmd="echo x > a.txt"]]');
    const question = await openQuestion(run);
    const began = Date.now();
    await stopRun(await access(run));
    const ended = await end(run);
    expect(Date.now() - began).toBeLessThan(5_000);
    expect([ended.status, ended.statusReason]).toEqual(['stopped', 'Stopped by owner.']);
    const [withdrawn] = await listQuestions(await access(run));
    expect(withdrawn).toMatchObject({ status: 'withdrawn', answerInWords: expect.stringMatching(/^Claude (took the question back|Code ended) before it had an answer\.$/) });
    await expect(answer(run, question, { kind: 'allow' })).rejects.toMatchObject({ kind: 'conflict' });
  });

  it.concurrent('is denied together with a stop', async () => {
    const run = await start('default', '[[sim:bash cmd="echo x > a.txt"]]');
    await answer(run, await openQuestion(run), { kind: 'deny', stop: true });
    const ended = await end(run);
    expect([ended.status, ended.statusReason, ended.changedFiles]).toEqual(['stopped', 'Stopped by owner.', []]);
    expect((await listQuestions(await access(run)))[0]?.answerInWords).toBe('Denied, and the run was stopped');
  });

  it.concurrent('goes with the process that asked', async () => {
    const run = await start('default', '[[sim:bash cmd="echo x > a.txt"]]');
    await openQuestion(run);
    const pid = JSON.parse(readFileSync(path.join(bench.product.directory, 'data/workspaces', bench.workspace.id, 'exchange', run.id, 'pid'), 'utf8')) as { pid: number };
    execFileSync('docker', ['exec', bench.workspace.container.id ?? '', 'kill', '-9', String(pid.pid)]);
    expect((await end(run)).status).toBe('failed');
    expect((await listQuestions(await access(run)))[0]).toMatchObject({ status: 'withdrawn', answerInWords: 'Claude Code ended before it had an answer.' });
  });
});

it('a request of a kind that is not known is answered with an error, and shown', async () => {
  const run = await start('default', '[[sim:bash cmd="echo x > a.txt"]]');
  const question = await openQuestion(run);
  const [row] = await database().select().from(runs).where(eq(runs.id, run.id));
  const payload = maskTokens(JSON.stringify({ type: 'control_request', request_id: 'unheard-of', request: { subtype: 'new_thing', what: 1 } }));
  expect(await storeRunEvents(row!, await runMasker(run.id), [{ offset: row!.parsedUpTo, bytes: payload.length, kind: 'control_request', subtype: null, at: null, payload, truncated: false }], row!.parsedUpTo)).toBe(true);
  const unknown = async () => (await listQuestions(await access(run))).find(({ kind }) => kind === 'other');
  while ((await unknown())?.delivery !== 'delivered') await sleep(50);
  expect(await unknown()).toMatchObject({ status: 'answered', toolName: 'new_thing', answerInWords: 'Claude Code was told that this is not known here' });
  await answer(run, question, { kind: 'allow' });
  expect((await end(run)).status).toBe('succeeded'); // and the CLI passes over an answer that it did not ask for
});

describe('without a worker', () => {
  it('an answer waits for the next one; one that was told already is told twice and counts once', async () => {
    const [run, told] = await Promise.all([start('default', '[[sim:bash cmd="echo x >> a.txt"]]'), start('default', '[[sim:bash cmd="echo x >> a.txt; sleep 3"]]')]);
    const [question, other] = [await openQuestion(run), await openQuestion(told)];
    await bench.worker.stop();
    await answer(run, question, { kind: 'allow' });
    await answer(told, other, { kind: 'allow' });
    // As a worker that is killed after it has told the answer and before it has noted that.
    const [row] = await database().select().from(runs).where(eq(runs.id, told.id));
    const [asked] = await database().select().from(runQuestions).where(eq(runQuestions.id, other.id));
    const line = controlResponse({ kind: 'permission', requestId: asked!.requestId, input: other.input, suggestions: [] }, { kind: 'allow', always: false });
    expect(await tellClaude({ engine: containerEngine(), run: row!, containerId: row!.containerId! }, line)).toBe(true);
    bench.worker = await startTestWorker();
    for (const one of [run, told]) await enqueueRun(database(), { runId: one.id }); // the sweep of the worker process does it
    expect([(await end(run)).status, (await end(told)).status]).toEqual(['succeeded', 'succeeded']);
    expect([inWorktree(run, 'a.txt'), inWorktree(told, 'a.txt')]).toEqual(['x\n', 'x\n']);
    expect([await toolResults(run), await toolResults(told)].map(({ length }) => length)).toEqual([1, 1]);
    const answers = [...(await listQuestions(await access(run))), ...(await listQuestions(await access(told)))];
    expect(answers.map(({ delivery }) => delivery)).toEqual(['delivered', 'delivered']);
  });
});
