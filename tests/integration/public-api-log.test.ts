import { createHash, randomBytes } from 'node:crypto';
import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { RunLogEvent } from '@/contract/run-log';
import { runs } from '@/db/schema';
import { revokeToken } from '@/server/people/api-tokens/revoke-token';
import { runLogPath } from '@/server/runs/log-index/read-log-lines';
import { handlePublicRequest } from '@/server/trpc/public-api/handle-request';
import { requestFor, tokenOf } from '@/tests/setup/public-api-client';
import type { RightIds } from '@/tests/setup/right-inputs';
import { signedInPerson, workspaceWithRun, type SignedIn } from '@/tests/setup/test-people';
import { startSignIn, type SignInBench } from '@/tests/setup/test-sign-in';

let bench: SignInBench;
let directory: string;
let owner: SignedIn;
let ids: RightIds;
let token: { id: string; value: string };

beforeAll(async () => {
  directory = mkdtempSync(path.join(os.tmpdir(), 'anyon-api-log-'));
  bench = await startSignIn({ ANYON_DATA_DIR: directory });
  owner = await signedInPerson(bench.database, 'owner');
});
beforeEach(async () => {
  ids = await workspaceWithRun(bench.database, owner.actor, 'running');
  token = await tokenOf(owner.actor);
  mkdirSync(path.dirname(runLogPath(ids.runId, 'out')), { recursive: true });
});
afterAll(async () => {
  await bench.close();
  rmSync(directory, { recursive: true, force: true });
});

interface Sent {
  id: string | null;
  event: string;
  data: unknown;
}

/** The events of a live answer as they come, from behind `lastEventId` on. */
async function* follow(headers: Record<string, string>, signal: AbortSignal): AsyncGenerator<Sent> {
  const response = await handlePublicRequest(requestFor('followLog', { runId: ids.runId }, { authorization: `Bearer ${token.value}`, ...headers }, signal));
  expect(response.headers.get('content-type')).toMatch(/^text\/event-stream/);
  let text = '';
  const decoder = new TextDecoder();
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk, { stream: true });
    const blocks = text.split('\n\n');
    text = blocks.pop() ?? '';
    for (const block of blocks) {
      const data = /^data: (.*)$/m.exec(block)?.[1];
      if (data !== undefined) yield { id: /^id: (.*)$/m.exec(block)?.[1] ?? null, event: /^event: (.*)$/m.exec(block)?.[1] ?? 'message', data: JSON.parse(data) };
    }
  }
}

describe('the live log over the API', () => {
  const file = () => runLogPath(ids.runId, 'out');
  const setStatus = (status: 'running' | 'succeeded') => bench.database.update(runs).set({ status }).where(eq(runs.id, ids.runId));
  const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

  it('N4 is the file to the last byte, across a broken connection and bytes that are no text', async () => {
    await setStatus('running');
    writeFileSync(file(), '');
    const lines = Array.from({ length: 400 }, (_, at) => Buffer.concat([Buffer.from(`{"line":${at},"text":"grün 🦊"}`), at % 50 === 0 ? randomBytes(40) : Buffer.alloc(0), Buffer.from('\n')]));
    let written = 0;
    const endings: PromiseLike<unknown>[] = [];
    const writer = setInterval(() => {
      for (let many = 0; many < 10 && written < lines.length; many++) appendFileSync(file(), lines[written++] ?? '');
      if (written < lines.length) return;
      clearInterval(writer);
      endings.push(setStatus('succeeded').then(() => undefined));
    }, 5);
    const pieces: Buffer[] = [];
    let position = 0;
    let lastId: string | null = null;
    let connections = 0;
    for (let isOver = false; !isOver; ) {
      const leave = new AbortController();
      connections++;
      let events = 0;
      for await (const { id, data } of follow(lastId === null ? {} : { 'last-event-id': lastId }, leave.signal)) {
        const piece = data as RunLogEvent;
        if (piece.end) {
          isOver = true;
          break;
        }
        expect(piece.from).toBe(position);
        const bytes = Buffer.from(piece.text);
        const isWhole = bytes.length === piece.to - piece.from && !piece.text.includes('\ufffd');
        pieces.push(isWhole ? bytes : await bytesOf(piece.from, piece.to));
        position = piece.to;
        lastId = id;
        if (connections < 4 && ++events === 2) break; // the connection breaks
      }
      leave.abort();
    }
    clearInterval(writer);
    await Promise.all(endings);
    expect(connections).toBeGreaterThanOrEqual(4);
    expect(sha256(Buffer.concat(pieces))).toBe(sha256(readFileSync(file())));
    expect((await bytesOf(0, position)).equals(readFileSync(file()))).toBe(true);
    expect(position).toBe(lines.reduce((sum, line) => sum + line.length, 0));
  });

  async function bytesOf(from: number, to: number): Promise<Buffer> {
    const response = await handlePublicRequest(requestFor('getLog', { runId: ids.runId }, { authorization: `Bearer ${token.value}`, range: `bytes=${from}-${to - 1}` }));
    expect(response.status).toBe(206);
    return Buffer.from(await response.arrayBuffer());
  }

  it('WEB-02 ends soon after its token was revoked, and says why', async () => {
    await setStatus('running');
    const leave = new AbortController();
    const seen: Sent[] = [];
    writeFileSync(file(), 'here\n');
    for await (const sent of follow({}, leave.signal)) {
      seen.push(sent);
      if (seen.length === 1) await revokeToken(owner.actor, { tokenId: token.id });
    }
    expect(seen.map(({ event }) => event)).toEqual(['message', 'problem']);
    expect(seen[1]?.data).toMatchObject({ status: 401, kind: 'unauthenticated' });
  });

  it('refuses what is no place in it before it begins', async () => {
    const answer = await handlePublicRequest(requestFor('followLog', { runId: ids.runId }, { authorization: `Bearer ${token.value}`, 'last-event-id': 'nonsense' }));
    expect(answer.status).toBe(400);
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
  });
});
