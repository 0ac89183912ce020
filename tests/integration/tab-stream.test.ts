import { randomUUID } from 'node:crypto';
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createTRPCClient, httpSubscriptionLink } from '@trpc/client';
import { eq } from 'drizzle-orm';
import superjson from 'superjson';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { RunLogEvent } from '@/contract/run-log';
import type { SubscriptionInput, TabStreamEvent } from '@/contract/tab-stream';
import { runs, sessions } from '@/db/schema';
import { runLogDir } from '@/server/deployment/paths';
import { closeSender } from '@/server/queue/queue';
import { handleTrpcRequest } from '@/server/trpc/http-handler';
import { appRouter, type AppRouter } from '@/server/trpc/router';
import { rightInputs, type RightIds } from '@/tests/setup/right-inputs';
import { memory, MEGABYTE, stalled, stalling } from '@/tests/setup/stalling-reader';
import { tabStreamAddress, TabStreamReader } from '@/tests/setup/tab-stream-reader';
import { signedInPerson, workspaceWithRun, type SignedIn } from '@/tests/setup/test-people';
import { PUBLIC_URL, startSignIn, type SignInBench } from '@/tests/setup/test-sign-in';
import { followLog, openWebOfTabs, type WebOfTabs } from '@/tests/setup/web-of-tabs';
import { stopWriting, writeRun, type WritingRun } from '@/tests/setup/writing-run';

/** The one stream of a tab over HTTP: what may come over it, and that nothing is lost, doubled or piled up, whatever happens to the server or the reader. */
let bench: SignInBench;
let directory: string;
let owner: SignedIn;
let other: SignedIn;
let ids: RightIds;

beforeAll(async () => {
  directory = mkdtempSync(path.join(os.tmpdir(), 'anyon-stream-'));
  bench = await startSignIn({ ANYON_DATA_DIR: directory, ANYON_INSTANCE: 'stream' });
});
beforeEach(async () => {
  owner = await signedInPerson(bench.database, `owner-${randomUUID()}`);
  other = await signedInPerson(bench.database, `other-${randomUUID()}`);
  ids = await workspaceWithRun(bench.database, owner.actor);
});
afterAll(async () => {
  await closeSender();
  await bench.close();
  rmSync(directory, { recursive: true, force: true });
});

const subscriptionNames = Object.entries(appRouter._def.procedures as unknown as Record<string, { _def: { type: string } }>)
  .filter(([name, { _def }]) => _def.type === 'subscription' && name !== 'streams.follow')
  .map(([name]) => name);

/** Follows these, as somebody with this cookie, until each has said something beside `started`; returns that, by the number. */
async function firstOfEach(subscriptions: readonly SubscriptionInput[], cookie: string | null): Promise<Map<number, TabStreamEvent>> {
  const leave = new AbortController();
  const response = await handleTrpcRequest(new Request(tabStreamAddress(PUBLIC_URL, subscriptions), { headers: { ...(cookie && { cookie }) }, signal: leave.signal }));
  const reader = new TabStreamReader();
  const said = new Map<number, TabStreamEvent>();
  for await (const chunk of response.body ?? []) {
    for (const event of reader.take(Buffer.from(chunk).toString())) if (event.kind !== 'opened' && event.kind !== 'started') said.set(event.id, said.get(event.id) ?? event);
    if (said.size === subscriptions.length) break;
  }
  leave.abort();
  return said;
}

const strange = (): RightIds => ({ workspaceId: randomUUID(), runId: randomUUID(), taskId: randomUUID(), batchId: randomUUID(), removedWorkspaceId: randomUUID(), terminalId: randomUUID(), groupId: randomUUID() });
const all = (about: RightIds): SubscriptionInput[] => subscriptionNames.map((path, index) => ({ id: index + 1, path, input: rightInputs[path]?.(about) }));
const kinds = (said: Map<number, TabStreamEvent>): Record<string, string> =>
  Object.fromEntries([...said].map(([id, event]) => [subscriptionNames[id - 1], event.kind === 'error' ? (event.error as { data: { kind: string } }).data.kind : event.kind]));

describe('WEB-01 WEB-02 what comes over the stream of a tab', () => {
  it('is every subscription there is, let through as if it had come alone', async () => {
    expect(subscriptionNames.length).toBeGreaterThanOrEqual(7);
    const served = kinds(await firstOfEach(all(ids).filter(({ path }) => path !== 'workspaces.metrics'), owner.cookie));
    expect(new Set(Object.values(served))).toEqual(new Set(['data']));
  });

  it('is refused to another member as what was never given out is', async () => {
    const about = (those: RightIds) => all(those).filter(({ path }) => path !== 'changes.watch');
    const foreign = await firstOfEach(about(ids), other.cookie);
    expect(new Set(Object.values(kinds(foreign)))).toEqual(new Set(['not_found']));
    expect(foreign).toEqual(await firstOfEach(about(strange()), other.cookie));
  });

  it('is nothing for whoever is not signed in', async () => {
    await expect(firstOfEach(all(ids), null)).rejects.toThrow('Sign in to go on.');
    await expect(firstOfEach(all(ids), 'anyon-session-3000=made-up')).rejects.toThrow('Sign in to go on.');
  });

  it('is no query, no mutation, no stream and nothing by a name that reaches for the prototype', async () => {
    const paths = ['runs.byId', 'runs.stop', 'streams.follow', 'streams.change', 'nothing', 'runs', '__proto__', 'constructor', 'toString'];
    const said = await firstOfEach([{ id: 50, path: 'changes.watch', input: undefined }, ...paths.map((path, index) => ({ id: index + 1, path, input: { runId: ids.runId } }))], owner.cookie);
    expect(said.get(50)).toMatchObject({ kind: 'data' });
    for (const [index, path] of paths.entries()) expect([path, said.get(index + 1)]).toMatchObject([path, { kind: 'error', error: { data: { kind: 'not_found' } } }]);
    expect((await bench.database.select().from(runs).where(eq(runs.id, ids.runId)))[0]).toMatchObject({ status: 'succeeded' });
  });

  it('is refused in the words of the procedure when its input is wrong', async () => {
    const said = await firstOfEach([{ id: 1, path: 'runs.log', input: { runId: 'none' } }, { id: 2, path: 'conversations.follow', input: { runId: ids.runId, lastEventId: 'nowhere' } }], owner.cookie);
    expect([said.get(1), said.get(2)]).toMatchObject([{ error: { data: { kind: 'invalid', fields: { runId: [expect.any(String)] } } } }, { error: { message: 'This is not a place in a conversation. Reload the page.', data: { kind: 'invalid' } } }]);
  });
});

let web: WebOfTabs;
beforeAll(async () => {
  web = await openWebOfTabs();
});
afterAll(() => web.close());
afterEach(stopWriting);

const writingRun = async (): Promise<WritingRun> => writeRun(bench.database, owner.actor);
const openLogs = (): string[] => web.openFiles().filter((file) => file.endsWith('.log') && file.startsWith(directory));

describe('the stream of a tab over HTTP', () => {
  it('REL-17 goes on at the byte after the web process was killed and a proxy has answered 502 in between', async () => {
    const killed = await web.running();
    const client = web.tab(owner.cookie);
    const written = [await writingRun(), await writingRun()];
    let news = 0;
    const changes = client.changes.watch.subscribe(undefined, { onData: () => (news += 1) });
    const logs = written.map(({ runId }) => followLog(client, runId));
    await vi.waitFor(() => expect(logs.every(({ to }) => to > 2_000)).toBe(true), { timeout: 60_000 });
    killed.kill('SIGKILL');
    await web.badGateway(4);
    const before = logs.map(({ to }) => to);
    const newsBefore = news;
    await web.start();
    await vi.waitFor(() => expect(logs.every(({ to }, index) => to > (before[index] ?? 0))).toBe(true), { timeout: 60_000 });
    await Promise.all(written.map(({ end }) => end()));
    await vi.waitFor(() => expect(logs.every(({ ended }) => ended)).toBe(true), { timeout: 20_000 });
    for (const [index, { text, problems, states }] of logs.entries()) {
      expect(problems).toEqual([]);
      expect(text).toBe(written[index]?.lines());
      expect(states[1]).toBe('pending');
      expect(states.at(-1)).toMatch(/pending|idle/);
    }
    expect(news).toBeGreaterThan(newsBefore);
    changes.unsubscribe();
  });

  it('WEB-02 ends with everything in it soon after the session has ended', async () => {
    await web.running();
    const client = web.tab(owner.cookie);
    const written = await writingRun();
    const logs = [followLog(client, written.runId), followLog(client, ids.runId)];
    const ended: string[] = [];
    client.changes.watch.subscribe(undefined, { onError: ({ data }) => ended.push(data?.kind ?? '') });
    await vi.waitFor(() => expect(logs[0]?.to).toBeGreaterThan(0), { timeout: 60_000 });
    const revoked = performance.now();
    await bench.database.update(sessions).set({ revokedAt: new Date() }).where(eq(sessions.id, owner.actor.sessionId));
    await vi.waitFor(() => expect([ended.length, logs[0]?.problems.length]).toEqual([1, 1]), { timeout: 20_000 });
    expect(performance.now() - revoked).toBeLessThan(8_000);
    expect(ended).toEqual(['unauthenticated']);
    await vi.waitFor(() => expect(openLogs()).toEqual([]), { timeout: 10_000 });
    await written.end();
  });

  it('takes what is subscribed later about as fast as a stream of its own would, and is not opened again for it', async () => {
    await web.running();
    const client = web.tab(owner.cookie);
    const changes = client.changes.watch.subscribe(undefined, {});
    const alone = createTRPCClient<AppRouter>({ links: [httpSubscriptionLink({ ...web.browserOf(owner.cookie), transformer: superjson })] });
    const times: Record<'added' | 'alone', number[]> = { added: [], alone: [] };
    for (let round = 0; round < 24; round += 1) {
      const [way, through] = round % 2 === 0 ? (['added', client] as const) : (['alone', alone] as const);
      const began = performance.now();
      const subscription = await new Promise<{ unsubscribe: () => void }>((resolve) => {
        const opened = through.runs.log.subscribe({ runId: ids.runId }, { onData: () => resolve(opened) });
      });
      times[way].push(performance.now() - began);
      subscription.unsubscribe();
      await sleep(20);
    }
    changes.unsubscribe();
    const [added = 0, byItself = 0] = [times.added, times.alone].map((each) => each.slice(2).sort((a, b) => a - b)[4]);
    expect(added).toBeLessThan(byItself * 2 + 30);
  });

  it('carries more than an address can hold, and lets go of what is left while it goes on', async () => {
    await web.running();
    const client = web.tab(owner.cookie);
    const written = await writingRun();
    const logs = Array.from({ length: 31 }, () => followLog(client, written.runId));
    await vi.waitFor(() => expect(logs.every(({ to }) => to > 0)).toBe(true), { timeout: 60_000 });
    expect(openLogs()).toHaveLength(1);
    let news = 0;
    const changes = client.changes.watch.subscribe(undefined, { onData: () => (news += 1) });
    for (const { leave } of logs) leave();
    await vi.waitFor(() => expect([openLogs(), news > 0]).toEqual([[], true]), { timeout: 60_000 });
    expect(logs.flatMap(({ problems }) => problems)).toEqual([]);
    await written.end();
    changes.unsubscribe();
  });

  it('D1-19 holds next to nothing for a reader that stalls, however much there is to send', async () => {
    const { pid = 0 } = await web.running();
    mkdirSync(runLogDir(ids.runId), { recursive: true });
    const file = path.join(runLogDir(ids.runId), 'out.log');
    writeFileSync(file, '');
    const block = 'x'.repeat(127).concat('\n').repeat(MEGABYTE / 128);
    for (let written = 0; written < 200; written += 1) appendFileSync(file, block);
    const [response, reader] = [await stalling(tabStreamAddress(web.origin, [{ id: 1, path: 'runs.log', input: { runId: ids.runId } }]), owner.cookie), new TabStreamReader()];
    const before = memory(pid);
    const held = await stalled(pid);
    expect(held).toBeGreaterThan(0);
    expect(held).toBeLessThan(40 * MEGABYTE);
    expect(memory(pid) - before).toBeLessThan(64 * MEGABYTE);
    let position = 0;
    for await (const chunk of response.setEncoding('utf8')) {
      for (const event of reader.take(chunk as string)) {
        if (event.kind !== 'data') continue;
        const piece = event.data as Extract<RunLogEvent, { end: false }>;
        expect(piece.from).toBe(position);
        position = piece.to;
      }
      if (position > 60 * MEGABYTE) break;
    }
    expect(memory(pid) - before).toBeLessThan(96 * MEGABYTE);
    await vi.waitFor(() => expect(openLogs()).toEqual([]), { timeout: 10_000 });
  });
});
