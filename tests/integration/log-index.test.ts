import { randomUUID } from 'node:crypto';
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GET } from '@/app/api/runs/[runId]/log/route';
import { isHiddenWhenReadable, logLinesInput } from '@/contract/run-log';
import { runEvents } from '@/db/schema';
import { requireRunAccess, type RunAccess } from '@/server/runs/access';
import { findLogLine, readLogLines, readLogTimes, runLogPath } from '@/server/runs/log-index/read-log-lines';
import { maskTokens } from '@/server/secrets/masked-text';
import { signedInPerson, workspaceWithRun, type SignedIn } from '@/tests/setup/test-people';
import { PUBLIC_URL, startSignIn, type SignInBench } from '@/tests/setup/test-sign-in';

/** The lines of goal N14. */
const LINES = 1_000_000;
const lineOf = (line: number) => `line ${String(line).padStart(7, '0')} ${'ä'.repeat(20)}`;
const lineBytes = Buffer.byteLength(lineOf(1)) + 1;

let directory: string;
let bench: SignInBench;
let owner: SignedIn;
let other: SignedIn;
let runId: string;
let access: RunAccess;

beforeAll(async () => {
  directory = mkdtempSync(path.join(os.tmpdir(), 'anyon-log-index-'));
  bench = await startSignIn({ ANYON_DATA_DIR: directory });
  owner = await signedInPerson(bench.database, 'owner');
  other = await signedInPerson(bench.database, 'other');
  ({ runId } = await workspaceWithRun(bench.database, owner.actor));
  access = await requireRunAccess(owner.actor, runId);
  mkdirSync(path.dirname(runLogPath(runId, 'out')), { recursive: true });
  writeFileSync(runLogPath(runId, 'out'), '');
  for (let line = 1; line <= LINES; line += 100_000) appendFileSync(runLogPath(runId, 'out'), Array.from({ length: 100_000 }, (_, at) => `${lineOf(line + at)}\n`).join(''));
});
afterAll(async () => {
  await bench.close();
  rmSync(directory, { recursive: true, force: true });
});

const read = async (input: object) => readLogLines(access, logLinesInput.parse({ runId, stream: 'out', ...input }));
const get = async (query: string, cookie = owner.cookie, headers = {}) => GET(new Request(`${PUBLIC_URL}/api/runs/${runId}/log?${query}`, { headers: { cookie, ...headers } }), { params: Promise.resolve({ runId }) });

describe('the lines of a log of 1,000,000 (N14)', () => {
  it('are counted, and any of them is read in a moment', async () => {
    expect(await read({ from: 1, count: 1 })).toEqual({ lines: [{ line: 1, offset: 0, bytes: lineBytes, text: lineOf(1), cut: false }], total: LINES, bytes: LINES * lineBytes });
    const started = performance.now();
    for (const line of [2, 777_777, 500_000, 1_000_000, 123_456]) {
      const { lines } = await read({ from: line, count: 256 });
      expect(lines[0]).toEqual({ line, offset: (line - 1) * lineBytes, bytes: lineBytes, text: lineOf(line), cut: false });
      expect(lines).toHaveLength(Math.min(256, LINES - line + 1));
    }
    expect(performance.now() - started).toBeLessThan(1_500);
    expect((await read({ from: LINES + 5, count: 10 })).lines).toEqual([]);
  });

  it('are found by a byte in them', async () => {
    for (const line of [1, 65_537, 999_999]) expect(await findLogLine(access, { runId, stream: 'out', offset: (line - 1) * lineBytes + 30 })).toEqual({ line, offset: (line - 1) * lineBytes });
    expect(await findLogLine(access, { runId, stream: 'out', offset: LINES * lineBytes })).toEqual({ line: LINES + 1, offset: LINES * lineBytes });
    expect(await findLogLine(access, { runId, stream: 'err', offset: 0 })).toEqual({ line: 1, offset: 0 });
  });

  it('are served and downloaded to the byte, some of them or all', async () => {
    const some = await get('stream=out&lines=400000-400002&download=1');
    expect(some.status).toBe(200);
    expect(some.headers.get('content-disposition')).toContain('lines-400000-400002.log');
    expect(await some.text()).toBe([400_000, 400_001, 400_002].map((line) => `${lineOf(line)}\n`).join(''));
    expect(await (await get('stream=out&lines=7', owner.cookie, { range: 'bytes=0-3' })).text()).toBe(`${lineOf(7)}\n`);
    expect(await (await get('stream=out&lines=2000000-2000001')).text()).toBe('');
    for (const lines of ['0', '5-4', 'x', '1-', '']) expect((await get(`stream=out&lines=${lines}`)).status).toBe(400);
    const whole = await get('stream=out&download=1');
    expect(Number(whole.headers.get('content-length'))).toBe(statSync(runLogPath(runId, 'out')).size);
    await whole.body?.cancel();
  });

  it('are for those who may see the run', async () => {
    expect((await get('stream=out&lines=1', other.cookie)).status).toBe(404);
    await expect(requireRunAccess(other.actor, runId)).rejects.toMatchObject({ kind: 'not_found' });
  });

  it('are there as soon as they were written, and a long one is cut only for the screen', async () => {
    const long = `{"type":"${'€'.repeat(3 * 1024 * 1024)}"}`;
    appendFileSync(runLogPath(runId, 'out'), `${long}\nlast, not ended`);
    const { lines, total } = await read({ from: LINES, count: 10 });
    expect(total).toBe(LINES + 2);
    expect(lines.map(({ line, cut }) => [line, cut])).toEqual([[LINES, false], [LINES + 1, true], [LINES + 2, false]]);
    expect(lines[1]?.bytes).toBe(Buffer.byteLength(long) + 1);
    expect(long.startsWith(lines[1]?.text ?? '?')).toBe(true);
    expect(lines[1]?.text).not.toContain('\uFFFD');
    expect(lines[2]?.text).toBe('last, not ended');
    expect(await (await get(`stream=out&lines=${LINES + 1}`)).text()).toBe(`${long}\n`);
    appendFileSync(runLogPath(runId, 'out'), ' but now\n');
    expect((await read({ from: LINES + 2, count: 10 })).lines.map(({ text }) => text)).toEqual(['last, not ended but now']);
  });

  it('come without what the readable view hides, and with the times that Claude Code says', async () => {
    const { runId: second } = await workspaceWithRun(bench.database, owner.actor);
    const mine = await requireRunAccess(owner.actor, second);
    const lines = ['{"type":"stream_event","event":{}}', '{"type":"assistant"}', 'plain', '{"type":"user"}'];
    mkdirSync(path.dirname(runLogPath(second, 'out')), { recursive: true });
    writeFileSync(runLogPath(second, 'out'), `${lines.join('\n')}\n`);
    expect(lines.map(isHiddenWhenReadable)).toEqual([true, false, false, false]);
    const readable = await readLogLines(mine, logLinesInput.parse({ runId: second, stream: 'out', from: 1, count: 10, readable: true }));
    expect(readable.lines.map(({ text }) => text)).toEqual([null, ...lines.slice(1)]);
    const at = '2026-05-06T07:08:09.100Z';
    const event = (line: number, kind: string, time: string | null) => ({ runId: second, stream: 'out' as const, offset: lines.slice(0, line - 1).join('\n').length + (line > 1 ? 1 : 0), kind, at: time, payload: maskTokens('{}'), truncated: false, bytes: 3 });
    await bench.database.insert(runEvents).values([event(2, 'assistant', null), event(4, 'user', at)]);
    expect(await readLogTimes(mine, { from: 1, count: 100 })).toEqual([{ line: 4, at }]);
    expect(await readLogTimes(mine, { from: 1, count: 3 })).toEqual([]);
    await expect(requireRunAccess(owner.actor, randomUUID())).rejects.toMatchObject({ kind: 'not_found' });
  });
});
