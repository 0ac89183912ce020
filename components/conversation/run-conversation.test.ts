import type { TRPCClient } from '@trpc/client';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ConversationEvent, ConversationNews, ConversationPage } from '@/contract/conversation';
import { offsetInKey, rowsOfRun } from '@/components/conversation/conversation-rows';
import { HeldConversation } from '@/components/conversation/held-conversation';
import { RunConversation } from '@/components/conversation/run-conversation';
import { withoutStored, withPieces } from '@/components/conversation/typed-blocks';
import type { AppRouter } from '@/server/trpc/router';
import { eventAt, typedText } from '@/tests/setup/conversation-events';

const RUN = '0195c0de-0000-7000-8000-000000000001';

/** Calls with their results, a hundred bytes a line. */
function calls(count: number): ConversationEvent[] {
  return Array.from({ length: count }, (_, index) => {
    const id = `t${Math.floor(index / 2)}`;
    const isCall = index % 2 === 0;
    const content = isCall ? [{ type: 'tool_use', id, name: 'Bash', input: { command: `echo ${id}` } }] : [{ type: 'tool_result', tool_use_id: id, content: 'ok' }];
    const line = JSON.stringify({ type: isCall ? 'assistant' : 'user', message: { id: `m${id}`, content, usage: { input_tokens: 1 } } });
    return eventAt(index * 100, 100, isCall ? 'assistant' : 'user', line);
  });
}

interface FakeServer {
  client: TRPCClient<AppRouter>;
  /** What is sent to the one who follows. */
  send: (news: ConversationNews) => void;
  followedFrom: () => number;
}

/** A server that holds these events of the run and has stored them up to byte `edge`. */
function fakeServer(events: readonly ConversationEvent[], edge: number): FakeServer {
  let onData: (message: { data: ConversationNews }) => void = () => undefined;
  let from = -1;
  const query = async ({ before = edge, limit }: { before?: number; limit: number }): Promise<ConversationPage> => {
    const page = events.filter(({ offset }) => offset < Math.min(before, edge)).slice(-limit);
    const first = page[0]?.offset ?? 0;
    return { events: page, from: events[0] && first > events[0].offset ? first : 0, to: before };
  };
  const subscribe = (input: { from: number }, handlers: { onData: typeof onData }) => {
    ({ from } = input);
    ({ onData } = handlers);
    return { unsubscribe: () => (from = -1) };
  };
  return { client: { conversations: { events: { query }, follow: { subscribe } } } as unknown as TRPCClient<AppRouter>, send: (data) => onData({ data }), followedFrom: () => from };
}

const whole = (events: readonly ConversationEvent[]) => {
  const held = new HeldConversation();
  held.add(events);
  return held.state();
};

beforeEach(() => {
  vi.stubGlobal('document', { visibilityState: 'visible' });
  vi.stubGlobal('requestAnimationFrame', (flush: () => void) => flush());
});
afterEach(() => vi.unstubAllGlobals());

describe('N13 a conversation in a tab', () => {
  it('is whole, wherever it was when it was opened and however the rest came', async () => {
    const events = calls(900);
    await fc.assert(
      fc.asyncProperty(fc.nat(900), fc.array(fc.tuple(fc.nat(900), fc.integer({ min: 1, max: 400 })), { maxLength: 6 }), async (opened, repeats) => {
        const server = fakeServer(events, opened * 100);
        const conversation = new RunConversation(server.client, RUN);
        await conversation.open(true);
        expect(server.followedFrom()).toBe(opened * 100);
        const rest = events.slice(opened);
        for (const [at, length] of repeats) server.send({ kind: 'page', page: { events: events.slice(at, at + length).filter(({ offset }) => offset <= opened * 100), from: 0, to: 0 } });
        for (let at = 0; at < rest.length; at += 333) server.send({ kind: 'page', page: { events: rest.slice(at, at + 333), from: 0, to: 0 } });
        server.send({ kind: 'end', to: 90_000 });
        await conversation.loadEarlier(0);
        await conversation.loadEarlier(0);
        expect(conversation.getSnapshot()).toMatchObject({ connection: 'ended', loadedFrom: 0, problem: null });
        expect(conversation.getSnapshot().conversation).toEqual(whole(events));
      }),
      { numRuns: 10 },
    );
  });

  it('loads the end first, and what is before it up to where somebody was reading', async () => {
    const conversation = new RunConversation(fakeServer(calls(10_000), 1_000_000).client, RUN);
    await conversation.open(false);
    expect(conversation.getSnapshot()).toMatchObject({ loadedFrom: 970_000, connection: 'ended' });
    await conversation.loadEarlier(500_000);
    expect(conversation.getSnapshot().loadedFrom).toBeLessThanOrEqual(500_000);
    expect(conversation.getSnapshot().loadedFrom).toBeGreaterThan(300_000);
  });

  it('says in words why it cannot be opened, and opens when it is asked again', async () => {
    const server = fakeServer(calls(4), 400);
    let asked = 0;
    const query = async (input: { limit: number }) => (asked++ === 0 ? Promise.reject(new Error('no network')) : server.client.conversations.events.query({ runId: RUN, ...input }));
    const failing = { conversations: { ...server.client.conversations, events: { query } } };
    const conversation = new RunConversation(failing as unknown as TRPCClient<AppRouter>, RUN);
    await conversation.open(false);
    expect(conversation.getSnapshot()).toMatchObject({ connection: 'refused', problem: expect.stringContaining('does not answer') });
    await conversation.open(false);
    expect(conversation.getSnapshot()).toMatchObject({ connection: 'ended', problem: null });
  });

  it('of 20,000 lines is made in one go, and one more line is next to nothing', () => {
    const events = calls(20_001);
    const held = new HeldConversation();
    const began = performance.now();
    held.add(events.slice(0, 20_000));
    rowsOfRun(RUN, snapshotOf(held));
    expect(performance.now() - began).toBeLessThan(8000);
    const before = performance.now();
    held.add(events.slice(20_000));
    rowsOfRun(RUN, snapshotOf(held));
    expect(performance.now() - before).toBeLessThan(500);
  });
});

const snapshotOf = (held: HeldConversation) => ({ conversation: held.state(), typing: [], connection: 'live' as const, loadedFrom: 0, loadingEarlier: false, problem: null });

describe('rows', () => {
  it('keep their identity while others come, and say where they stand in the log', () => {
    const events = calls(40);
    const held = new HeldConversation();
    held.add(events.slice(0, 20));
    const before = rowsOfRun(RUN, snapshotOf(held));
    held.add(events.slice(20));
    const after = rowsOfRun(RUN, snapshotOf(held));
    expect(before.slice(1).every((row) => after.includes(row))).toBe(true);
    expect(new Set(after.map(({ key }) => key)).size).toBe(after.length);
    const item = after.find(({ kind }) => kind === 'item');
    expect(offsetInKey(item?.key ?? '')).toEqual({ runId: RUN, offset: 0 });
    expect(offsetInKey(`${RUN} prompt`)).toBeNull();
  });
});

describe('what is being written', () => {
  it('grows, begins anew after a break, and goes when its whole is there', () => {
    const one = withPieces([], [typedText(500, 0, 'Hello'), typedText(500, 5, ' there')]);
    expect(one).toMatchObject([{ block: 500, text: 'Hello there' }]);
    expect(withPieces(one, [typedText(500, 99, 'lost')])).toMatchObject([{ text: 'Hello there' }]);
    expect(withPieces(one, [typedText(500, 0, 'Anew')])).toMatchObject([{ text: 'Anew' }]);
    expect(withoutStored(one, 400)).toHaveLength(1);
    expect(withoutStored(one, 600)).toHaveLength(0);
  });

  it('is nothing that was already there as a whole when the page was opened', async () => {
    const server = fakeServer(calls(10), 1_000);
    const conversation = new RunConversation(server.client, RUN);
    await conversation.open(true);
    server.send({ kind: 'typing', pieces: [typedText(750, 0, 'Prepares')] });
    expect(conversation.getSnapshot().typing).toEqual([]);
    server.send({ kind: 'typing', pieces: [typedText(1_000, 0, 'Next')] });
    expect(conversation.getSnapshot().typing).toMatchObject([{ text: 'Next' }]);
    server.send({ kind: 'page', page: { events: [eventAt(1_100, 100, 'assistant', '{"type":"assistant","message":{"content":[]}}')], from: 1_000, to: 1_200 } });
    expect(conversation.getSnapshot().typing).toEqual([]);
  });
});
