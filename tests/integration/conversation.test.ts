import { eq, sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Actor } from '@/contract/actor';
import { conversationEventsInput, type ConversationEvent, type ConversationNews, type TypingPiece } from '@/contract/conversation';
import type { RunView } from '@/contract/run';
import { HeldConversation } from '@/components/conversation/held-conversation';
import type { Item, ToolItem } from '@/components/conversation/conversation-items';
import { runEvents, runs } from '@/db/schema';
import { database } from '@/server/database';
import { requireRunAccess } from '@/server/runs/access';
import { beginningOf, followConversation } from '@/server/runs/conversation/follow-conversation';
import { listConversationRuns, readConversation } from '@/server/runs/conversation/read-conversation';
import { resumeRun } from '@/server/runs/resume-run';
import { startRun } from '@/server/runs/start-run';
import { maskTokens } from '@/server/secrets/masked-text';
import { requireWorkspaceAccess } from '@/server/workspaces/access';
import { startTestProduct, type TestProduct } from '@/tests/setup/test-product';
import { startTestWorker, type TestWorker } from '@/tests/setup/test-worker';
import { endedRun, runningWorkspace } from '@/tests/setup/wait-for-state';

/** The conversation of runs of the real CLI in the real engine, with the simulator in Claude's place. */
let product: TestProduct;
let owner: Actor;
let worker: TestWorker;
let workspaceId: string;
const TOKEN = `ghp_${'a1B2'.repeat(9)}`;

beforeAll(async () => {
  product = await startTestProduct();
  owner = await product.addUser('owner');
  worker = await startTestWorker();
  const repositoryUrl = product.addRepository('hello', { 'README.md': '# Hello\n' });
  ({ id: workspaceId } = await runningWorkspace(owner, { repositoryUrl }));
});

afterAll(async () => {
  await worker?.stop();
  await product?.close();
});

const start = async (prompt: string) => startRun(await requireWorkspaceAccess(owner, workspaceId), { prompt });
const access = (run: Pick<RunView, 'id'>) => requireRunAccess(owner, run.id);
const page = async (run: RunView, input: object = {}) => readConversation(await access(run), conversationEventsInput.parse({ runId: run.id, limit: 1000, ...input }));

const end = (run: RunView) => endedRun(owner, run);

interface Followed {
  events: ConversationEvent[];
  typing: TypingPiece[];
  ids: string[];
  ended: boolean;
}

/** Follows from a place on until the end, or until `enough` says so; then the connection is cut. */
async function follow(run: RunView, from: number, enough: (followed: Followed) => boolean = () => false): Promise<Followed> {
  const leaving = new AbortController();
  const followed: Followed = { events: [], typing: [], ids: [], ended: false };
  for await (const { id, news } of followConversation(await access(run), from, leaving.signal)) {
    take(followed, id, news);
    if (enough(followed)) leaving.abort();
  }
  return followed;
}

function take(followed: Followed, id: string, news: ConversationNews): void {
  if (news.kind === 'page') followed.events.push(...news.page.events);
  if (news.kind === 'typing') followed.typing.push(...news.pieces);
  if (news.kind === 'end') followed.ended = true;
  followed.ids.push(id);
}

function itemsIn(events: readonly ConversationEvent[]): Item[] {
  const held = new HeldConversation();
  held.add(events);
  return held.state().turns.flatMap(({ items }) => items);
}

const toolsIn = (items: readonly Item[]): ToolItem[] => items.filter((item) => item.kind === 'tool');

describe('N13 the conversation of a run', () => {
  let run: RunView;
  let history: ConversationEvent[];

  it('is the same live and afterwards: words, calls with times and results, a sub-agent; and ends when the run does', async () => {
    run = await start(
      `[[sim:bash cmd="sleep 1; echo from the tool; echo ${TOKEN}"]] [[sim:write path=a.txt content="one\\n"]] [[sim:edit path=a.txt old=one new=two]] [[sim:task cmd="echo of the sub-agent"]] [[sim:text text="All is **done**. The token was ${TOKEN}."]]`,
    );
    const [live, second] = await Promise.all([follow(run, 0), follow(run, 0)]);
    expect(live.ended).toBe(true);
    history = (await page(run)).events;
    expect(live.events).toEqual(history);
    expect(second.events).toEqual(history);
    expect(history.some(({ kind }) => kind === 'stream_event')).toBe(false);

    expect(history.find(({ at }) => at !== null)?.at).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
    const items = itemsIn(history);
    const [bash, , edit, task] = toolsIn(items);
    expect(bash).toMatchObject({ name: 'Bash', output: { failed: false, parts: [{ kind: 'text', text: expect.stringContaining('from the tool') }] } });
    expect((bash?.output?.moment.stored ?? 0) - (bash?.moment.stored ?? 0)).toBeGreaterThan(800);
    expect(edit?.input).toMatchObject({ old_string: 'one', new_string: 'two' });
    expect(toolsIn(task?.steps ?? [])).toMatchObject([{ name: 'Bash', output: { parts: [{ text: 'of the sub-agent' }] } }]);
    expect(items.at(-1)).toMatchObject({ kind: 'result', failure: null });
    expect(items.filter(({ kind }) => kind === 'raw')).toEqual([]);
  });

  it('holds no secret, and neither does what Claude said last', async () => {
    const hidden = '*'.repeat(TOKEN.length);
    expect(JSON.stringify(history)).toContain(hidden);
    expect(JSON.stringify(history)).not.toContain(TOKEN);
    const { lastSaid } = await end(run);
    expect(lastSaid).toMatch(/^(The token was \*{40}\.|Done: every step was carried out\.)$/);
  });

  it('goes on at exactly the next event after a cut anywhere', async () => {
    for (let at = 0; at < history.length; at++) {
      const event = history[at];
      if (!event) continue;
      const rest = await follow(run, beginningOf({ from: 0, lastEventId: String(event.offset + event.bytes) }));
      expect(rest.events).toEqual(history.slice(at + 1));
      expect(rest.ended).toBe(true);
    }
    expect(() => beginningOf({ from: 0, lastEventId: '12; drop' })).toThrow(expect.objectContaining({ kind: 'invalid' }));
  });

  it('is read in pages from either side, without a gap or a repeat', async () => {
    const forward: ConversationEvent[] = [];
    for (let from = 0; ; ) {
      const { events, to } = await page(run, { from, limit: 4 });
      if (events.length === 0) break;
      forward.push(...events);
      from = to;
    }
    expect(forward).toEqual(history);
    let backward: ConversationEvent[] = [];
    for (let before: number | undefined; before !== 0; ) {
      const { events, from } = await page(run, { limit: 4, ...(before !== undefined && { before }) });
      backward = [...events, ...backward];
      before = from;
    }
    expect(backward).toEqual(history);
  });

  it('is nobody else’s', async () => {
    const stranger = await product.addUser('stranger');
    await expect(requireRunAccess(stranger, run.id)).rejects.toMatchObject({ kind: 'not_found' });
  });

  it('names the runs that it goes through, up to and with the one asked for', async () => {
    const next = await end(await resumeRun(await access(run), { prompt: '[[sim:text text="Another word."]]' }));
    expect((await listConversationRuns(await access(next))).map(({ number, promptStart }) => [number, promptStart.slice(0, 10)])).toEqual([
      [run.number, '[[sim:bash'],
      [next.number, '[[sim:text'],
    ]);
    expect((await listConversationRuns(await access(run))).map(({ id }) => id)).toEqual([run.id]);
    expect(next.lastSaid).toBe('Another word.');
  });
});

describe('N13 while Claude writes', () => {
  it('shows the words as they come, also to who comes later, and only until they are an event', async () => {
    const run = await start(`[[sim:slow ms=150]] [[sim:long lines=60]]`);
    const text = (pieces: readonly TypingPiece[]) => pieces.filter(({ kind }) => kind === 'text').reduce((whole, piece) => whole.slice(0, piece.at) + piece.text, '');
    const cut = await follow(run, 0, ({ typing }) => text(typing).length > 10);
    expect(text(cut.typing)).toMatch(/^line 1\n/);
    const position = Number(cut.ids.at(-1));
    const rest = await follow(run, position);
    expect(rest.ended).toBe(true);
    const [first] = rest.typing.filter(({ kind }) => kind === 'text');
    expect(first).toMatchObject({ at: 0, text: expect.stringMatching(/^line 1\n/) });
    const said = itemsIn([...cut.events, ...rest.events]).find((item) => item.kind === 'text');
    expect(said?.kind === 'text' && said.text.startsWith(text(rest.typing).slice(0, 100))).toBe(true);
    expect([...cut.events, ...rest.events]).toEqual((await page(run)).events);
  });
});

describe('N13 a long run', () => {
  it('opens at its end at once, whatever its length', async () => {
    const run = await end(await start('[[sim:text text="short"]]'));
    const [row] = await database().select({ parsedUpTo: runs.parsedUpTo }).from(runs).where(eq(runs.id, run.id));
    const begin = row?.parsedUpTo ?? 0;
    const payload = maskTokens(JSON.stringify({ type: 'assistant', message: { id: 'm', content: [{ type: 'text', text: 'x'.repeat(500) }] } }));
    const lines = 20_000;
    await database().execute(sql`INSERT INTO run_events (run_id, stream, "offset", bytes, kind, payload, truncated) SELECT ${run.id}, 'out', ${begin}::bigint + n * 1000, 1000, 'assistant', ${payload}, false FROM generate_series(0, ${lines}::int - 1) AS n`);
    await database().update(runs).set({ parsedUpTo: begin + lines * 1000 }).where(eq(runs.id, run.id));

    const opened = performance.now();
    const last = await page(run, { limit: 300 });
    expect(performance.now() - opened).toBeLessThan(1500);
    expect(last.events).toHaveLength(300);
    expect(last.events.at(-1)?.offset).toBe(begin + 19_999 * 1000);
    const all = await follow(run, 0);
    expect(all.events.length).toBeGreaterThan(20_000);
    expect(new Set(all.events.map(({ offset }) => offset)).size).toBe(all.events.length);

    // A page of long lines ends before it is too large to be sent.
    const long = maskTokens(`"${'y'.repeat(900_000)}"`);
    await database().insert(runEvents).values(Array.from({ length: 6 }, (_, index) => ({ runId: run.id, stream: 'out' as const, offset: begin + 30_000_000 + index * 1_000_000, bytes: 900_003, kind: 'text', subtype: null, at: null, payload: long, truncated: false })));
    await database().update(runs).set({ parsedUpTo: begin + 36_000_000 }).where(eq(runs.id, run.id));
    expect((await page(run)).events).toHaveLength(2);
  });
});
