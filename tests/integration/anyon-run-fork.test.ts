import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { endOf, exchanged, prepareCommand, removeRuntimeContainer, script, startCommand, startRuntimeContainer } from '@/tests/setup/runtime-container';
import type { RuntimeContainer } from '@/tests/setup/runtime-container';

/** A Claude session that begins as another one was at a moment: what the wrapper copies of a transcript, and what it does not. */
const OLD = '/workspace/worktrees/old';
const NEW = '/workspace/worktrees/new';
let box: RuntimeContainer;
let count = 0;

beforeAll(async () => {
  box = await startRuntimeContainer();
});
afterAll(() => removeRuntimeContainer(box));

const line = (fields: object) => `${JSON.stringify(fields)}\n`;
const at = (second: number) => `2026-01-01T00:00:${String(second).padStart(2, '0')}.000Z`;

/** Runs the wrapper with this transcript to begin with; returns its exit, its complaints and what it made. */
async function fork(transcript: string | null, change: object = {}): Promise<{ code: number | null; err: string; lines: string[] }> {
  const id = `fork-${++count}`;
  const from = `/workspace/sessions/${id}/old.jsonl`;
  const to = `/workspace/made/${id}/deep/new.jsonl`;
  if (transcript !== null) {
    const file = path.join(box.files, 'sessions', id, 'old.jsonl');
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, transcript);
    execFileSync('chown', ['-R', '1000:1000', path.join(box.files, 'sessions')]);
  }
  const session = { from, to, before: at(30), id: ['old-id', 'new-id'], worktree: [OLD, NEW], branch: ['anyon/run-1', 'anyon/run-2'], ...change };
  prepareCommand(box, id, { argv: ['cat', to], session });
  await startCommand(box, id);
  const { exitCode } = await endOf(box, id);
  return { code: exitCode, err: exchanged(box, id, 'err.raw'), lines: exchanged(box, id, 'out.raw').split('\n').filter(Boolean) };
}

describe('anyon-run with a session to begin with', () => {
  it('copies what was said before the moment, under the names of the new place, and nothing of the moment or later', async () => {
    const said = { type: 'user', sessionId: 'old-id', cwd: OLD, timestamp: at(10), message: { content: `look at ${OLD}/a.txt, ${OLD}-er and anyon/run-1, not anyon/run-10` } };
    const { code, lines } = await fork(line(said) + line({ type: 'summary', sessionId: 'old-id' }) + line({ type: 'user', timestamp: at(30), message: 'the moment' }) + line({ type: 'user', timestamp: at(10), message: 'behind it' }));
    expect(code).toBe(0);
    expect(lines.map((text) => JSON.parse(text) as unknown)).toEqual([
      { ...said, sessionId: 'new-id', cwd: NEW, message: { content: `look at ${NEW}/a.txt, ${OLD}-er and anyon/run-2, not anyon/run-10` } },
      { type: 'summary', sessionId: 'new-id' },
    ]);
  });

  it('goes by the time of the line itself, not by times that stand in what was said', async () => {
    const future = { type: 'user', timestamp: at(11), toolUseResult: { timestamp: at(59) }, text: `{"timestamp":"${at(58)}"}` };
    expect((await fork(line(future) + line({ type: 'user', timestamp: at(12) }))).lines).toHaveLength(2);
  });

  it('leaves out sums and copies of requests, changes no thought, and drops half a line', async () => {
    const thought = { type: 'assistant', sessionId: 'old-id', cwd: OLD, timestamp: at(5), message: { content: [{ type: 'thinking', thinking: `in ${OLD} on anyon/run-1`, signature: 'c2ln' }] } };
    const { lines } = await fork([line({ type: 'cost-state', totalCostUSD: 3 }), line({ type: 'api-request', timestamp: at(4) }), line({ type: 'api-request-blob', hash: 'x' }), line(thought), '{"type":"user","timest'].join(''));
    expect(lines.map((text) => JSON.parse(text) as unknown)).toEqual([{ ...thought, sessionId: 'new-id', cwd: NEW }]);
  });

  it('copies long conversations whole, with every byte', async () => {
    const long = Array.from({ length: 400 }, (_, index) => line({ type: 'user', timestamp: at(1), index, text: 'ünï 😀 '.repeat(1_000) }));
    expect((await fork(long.join(''))).lines.map((text) => `${text}\n`)).toEqual(long);
  });

  it.each([
    ['there is none', null, {}, 'cannot be read'],
    ['nothing was said before', line({ type: 'user', timestamp: at(40) }), {}, 'nothing had been said before that run'],
    ['it lies elsewhere', '', { from: '/etc/passwd.jsonl' }, 'not the path of a conversation'],
    ['it leads elsewhere', '', { from: '/workspace/../etc/x.jsonl' }, 'not the path of a conversation'],
  ])('starts nothing and says so when %s', async (_, transcript, change, words) => {
    const { code, err, lines } = await fork(transcript, change);
    expect(code).toBe(125);
    expect(err).toContain(words);
    expect(lines).toEqual([]);
  });

  it('follows no link', async () => {
    await script(box, 'mkdir -p /workspace/sessions/link && ln -s /etc/hostname /workspace/sessions/link/old.jsonl');
    const { code, err } = await fork(null, { from: '/workspace/sessions/link/old.jsonl' });
    expect(code).toBe(125);
    expect(err).toContain('cannot be read');
    expect(existsSync(path.join(box.files, 'made', `fork-${count}`, 'deep', 'new.jsonl'))).toBe(false);
  });
});
