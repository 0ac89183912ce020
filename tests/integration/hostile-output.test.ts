import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runEvents, runQuestions, runs } from '@/db/schema';
import { closeSender } from '@/server/queue/queue';
import { readExit } from '@/server/containers/detached-command';
import { finishRun } from '@/server/runs/finish-run';
import { storeRunEvents } from '@/server/runs/run-events';
import { createMasker, type Masker } from '@/server/secrets/mask';
import { runMasker } from '@/server/secrets/run-masker';
import { runPlace } from '@/server/runs/run-place';
import { parseStreamJsonLine } from '@/server/runs/stream-json';
import { maskedBefore } from '@/server/secrets/masked-text';
import { holdsFor } from '@/tests/setup/fuzzing';
import { deepJson, nearly } from '@/tests/setup/hostile-bytes';
import { signedInPerson, workspaceWithRun, type SignedIn } from '@/tests/setup/test-people';
import { startSignIn, type SignInBench } from '@/tests/setup/test-sign-in';

/**
 * Whatever a container writes as the output, the end and the changes of a run, its rows take it: one line that the database refuses would be tried
 * again for ever, and the run would never come to its end.
 */
let bench: SignInBench;
let directory: string;
let ada: SignedIn;

beforeAll(async () => {
  directory = mkdtempSync(path.join(os.tmpdir(), 'anyon-hostile-output-'));
  bench = await startSignIn({ ANYON_DATA_DIR: directory, ANYON_TEMP_DIR: path.join(directory, 'tmp'), ANYON_INSTANCE: 'hostile' });
  ada = await signedInPerson(bench.database, 'ada');
});
afterAll(async () => {
  await closeSender();
  await bench.close();
  rmSync(directory, { recursive: true, force: true });
});

async function runningRun() {
  const { runId } = await workspaceWithRun(bench.database, ada.actor, 'running');
  const [run] = await bench.database.update(runs).set({ status: 'stopping', fence: 1 }).where(eq(runs.id, runId)).returning();
  if (!run) throw new Error('The run was not written.');
  return run;
}

let offset = 0;
async function store(run: Awaited<ReturnType<typeof runningRun>>, texts: readonly string[], masker?: Masker): Promise<void> {
  const lines = texts.flatMap((text) => {
    const bytes = Buffer.from(text);
    const event = parseStreamJsonLine(maskedBefore(bytes), offset, bytes.length + 1);
    offset += bytes.length + 1;
    return event ?? [];
  });
  expect(await storeRunEvents(run, masker ?? (await runMasker(run.id)), lines, offset)).toBe(true);
}

const result = { type: 'result', subtype: 'success', is_error: false, result: 'Done.', num_turns: 3, total_cost_usd: 0.1, usage: { input_tokens: 1, output_tokens: 2, cache_read_input_tokens: 3, cache_creation_input_tokens: 4 }, errors: ['one'], permission_denials: [] };
const request = { type: 'control_request', request_id: 'r1', request: { subtype: 'can_use_tool', tool_name: 'Bash', tool_use_id: 't1', input: { command: 'ls' }, permission_suggestions: [{ type: 'addRules', behavior: 'allow', rules: [{ toolName: 'Bash' }] }] } };
const lines = [
  result,
  request,
  { type: 'control_cancel_request', request_id: 'r1' },
  { type: 'system', subtype: 'init', model: 'claude', session_id: 's', timestamp: '2026-01-02T03:04:05.678Z' },
  { type: 'assistant', message: { id: 'm', content: [{ type: 'text', text: 'A word. And more.' }, { type: 'tool_use', id: 't1', name: 'Bash', input: {} }], usage: { input_tokens: 1, output_tokens: 2 } } },
  { type: 'user', message: { content: [{ type: 'tool_result', tool_use_id: 't1', content: 'ok' }] } },
  { type: 'rate_limit_event', rate_limit_info: { status: 'rejected', resetsAt: 1_800_000_000, rateLimitType: 'five_hour' } },
];
const exit = { stage: 'command', exitCode: 0, signal: null, oomKills: 0, finishedAt: '2026-01-02T03:04:05Z' };
const changes = { files: [{ id: 'a'.repeat(40), path: 'a.txt', from: null, status: 'added', additions: 1, deletions: 0, binary: false, oldMode: '000000', newMode: '100644', oldSize: null, newSize: null, blocks: 1, omitted: null }], truncated: false };

async function endOf(run: Awaited<ReturnType<typeof runningRun>>, exitFile: string, changesFile: string): Promise<typeof runs.$inferSelect | undefined> {
  const { exchange, log } = runPlace(run);
  for (const place of [exchange, log]) mkdirSync(place, { recursive: true });
  writeFileSync(path.join(exchange, 'exit.json'), exitFile);
  writeFileSync(path.join(exchange, 'diff.patch'), 'diff --git a/a.txt b/a.txt\n');
  writeFileSync(path.join(exchange, 'changes.json'), changesFile);
  const end = await readExit(exchange);
  if (!end) throw new Error('There is an exit file.');
  await finishRun(run, { number: 1, outStart: 0, errStart: 0 } as unknown as Parameters<typeof finishRun>[1], { kind: 'exited', exit: end }, { outBytes: 1, errBytes: 0, tampered: false }, { stopRequestedBy: 'ada', outOfMemory: null });
  const [row] = await bench.database.select().from(runs).where(eq(runs.id, run.id));
  return row;
}

describe('what a container writes', () => {
  it('as lines is stored, whatever it is', async () => {
    const run = await runningRun();
    await holdsFor(nearly(lines), async (line) => store(run, [JSON.stringify(line)]), 150);
    expect((await bench.database.select().from(runEvents).where(eq(runEvents.runId, run.id))).length).toBeGreaterThan(100);
    expect((await bench.database.select().from(runQuestions).where(eq(runQuestions.runId, run.id))).length).toBeGreaterThan(0);
  });

  it.each([
    ['NUL in the id of a question', { ...request, request_id: 'r\0' }],
    ['NUL in the id of a question that is taken back', { type: 'control_cancel_request', request_id: '\0' }],
    ['NUL in the name of the model', { type: 'system', subtype: 'init', model: '\0' }],
    ['NUL in what Claude says', { type: 'assistant', message: { content: [{ type: 'text', text: 'A \0 word.' }] } }],
    ['a moment in the year 0', { type: 'user', timestamp: '0000-01-01T00:00:00Z' }],
    ['a moment in a time zone that is none', { type: 'user', timestamp: '2026-01-01T00:00:00+23:30' }],
  ])('is stored with %s', async (_what, line) => {
    const run = await runningRun();
    await store(run, [JSON.stringify(request), JSON.stringify(line)]);
  });

  it('is stored without a secret that is spelt by escapes: who reads it later may not know the secret any more', async () => {
    const secret = 'correct-horse-battery';
    const spelt = [...secret].map((letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`).join('');
    const run = await runningRun();
    await store(run, [`{"type":"user","said":"it is ${spelt}","coloured":"\\u001b[31mred"}`, '{"type":"user","said":"\\u001b[31mred",  "a":1}'], createMasker([secret]));
    const rows = await bench.database.select({ payload: runEvents.payload }).from(runEvents).where(eq(runEvents.runId, run.id)).orderBy(runEvents.offset);
    expect(JSON.parse(rows[0]?.payload ?? '')).toEqual({ type: 'user', said: `it is ${'*'.repeat(secret.length)}`, coloured: '\u001b[31mred' });
    expect(rows[1]?.payload).toBe('{"type":"user","said":"\\u001b[31mred",  "a":1}');
  });

  it('is stored where a question is deeper than any tool has', async () => {
    const run = await runningRun();
    await store(run, [JSON.stringify(request).replace('"ls"', deepJson('1'))]);
  });

  it('as the result, the end and the changes of a run ends it, whatever it is', async () => {
    const cases = nearly([{ result, exit, changes }]);
    await holdsFor(cases, async (made) => {
      const given = (typeof made === 'object' && made !== null ? made : {}) as Record<string, unknown>;
      const run = await runningRun();
      await store(run, [JSON.stringify(given['result'] ?? null)]);
      const row = await endOf(run, JSON.stringify(given['exit'] ?? null), JSON.stringify(given['changes'] ?? null));
      expect(row?.finishedAt, JSON.stringify(given)).toBeInstanceOf(Date);
    }, 40);
  });

  it.each<[string, object]>([
    ['NUL in its words', { result: { ...result, result: 'a\0b' } }],
    ['half a token', { result: { ...result, usage: { input_tokens: 0.5 } } }],
    ['more tokens than can be counted', { result: { ...result, usage: { input_tokens: 1e300 } } }],
    ['half a turn', { result: { ...result, num_turns: 1.5 } }],
    ['more turns than can be counted', { result: { ...result, num_turns: 2 ** 40 } }],
    ['an exit code that no process has', { exit: { ...exit, exitCode: 2 ** 40 } }],
    ['NUL in the name of a signal', { exit: { ...exit, signal: 'SIG\0' } }],
    ['NUL in the name of a file', { changes: { ...changes, files: [{ ...changes.files[0], path: 'a\0' }] } }],
  ])('ends a run with %s', async (_what, given) => {
    const run = await runningRun();
    const told = { result, exit, changes, ...given };
    await store(run, [JSON.stringify(told.result)]);
    expect((await endOf(run, JSON.stringify(told.exit), JSON.stringify(told.changes)))?.finishedAt).toBeInstanceOf(Date);
  });

  it('ends a run whose errors are deeper than any are', async () => {
    const run = await runningRun();
    await store(run, [JSON.stringify({ ...result, is_error: true, errors: ['deep'] }).replace('"deep"', deepJson('1'))]);
    expect((await endOf(run, JSON.stringify(exit), JSON.stringify(changes)))?.finishedAt).toBeInstanceOf(Date);
  });
});
