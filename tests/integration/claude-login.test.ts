import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { desc, eq } from 'drizzle-orm';
import pino from 'pino';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Actor } from '@/contract/actor';
import type { ClaudeLogin, ClaudeLoginStatus } from '@/contract/claude-login';
import { claudeBooths, claudeLogins } from '@/db/schema';
import { sweepBooths } from '@/server/connections/claude/booth/sweep-booths';
import { withBooth } from '@/server/connections/claude/booth/booth';
import { claudeConnection } from '@/server/connections/claude/claude-connection';
import { claudeSourceFor } from '@/server/connections/claude/claude-source';
import { cancelClaudeLogin, claudeLogin, enterClaudeCode, startClaudeLogin } from '@/server/connections/claude/login/claude-logins';
import { LoginRunner } from '@/server/connections/claude/login/login-runner';
import { containerEngine } from '@/server/containers/container-engine';
import { database } from '@/server/database';
import { env } from '@/server/env';
import { log } from '@/server/log';
import { processState } from '@/server/process-state';
import { reconcile } from '@/server/workspaces/reconcile/reconcile';
import { openClaudeStandIn, type ClaudeStandIn } from '@/tests/setup/claude-stand-in';

/** Sign-ins with a subscription: the real CLI's own `setup-token` in a throw-away container, against a stand-in for Anthropic's hosts. */
let bench: ClaudeStandIn;
let actor: Actor;
let runner: LoginRunner;
let count = 0;
const printed: string[] = [];

beforeAll(async () => {
  // The log of this process, of every level, into a list.
  processState('log', () => pino({ level: 'trace', serializers: { err: pino.stdSerializers.errWithCause } }, { write: (line) => void printed.push(line) }));
  bench = await openClaudeStandIn();
});
beforeEach(async () => {
  actor = await bench.product.addUser(`person-${++count}`);
  runner = new LoginRunner(containerEngine());
});
afterEach(async () => {
  await runner.end();
  bench.service.tokenAnswer = null;
});
afterAll(() => bench.close());

/** Waits for a state, with the worker looking for work as its loop does. */
async function until(status: ClaudeLoginStatus, more: (login: ClaudeLogin) => boolean = () => true): Promise<ClaudeLogin> {
  const over = Date.now() + 60_000;
  for (;;) {
    await runner.look();
    const login = await claudeLogin(actor);
    if (login?.status === status && more(login)) return login;
    if (Date.now() > over) throw new Error(`The sign-in is ${login?.status} (${login?.statusReason}), not ${status}.`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

function objects(): string[] {
  const filter = `label=anyon.instance=${env().ANYON_INSTANCE}`;
  return [['ps', '--all', '--quiet'], ['network', 'ls', '--quiet']].flatMap((args) => execFileSync('docker', [...args, '--filter', filter], { encoding: 'utf8' }).split('\n').filter(Boolean));
}

const inspected = () => objects().map((id) => execFileSync('docker', ['inspect', id], { encoding: 'utf8' })).join('');

describe('a sign-in with a Claude subscription', () => {
  it('leads from the address over the code to a connection that was tried, and the token shows nowhere', async () => {
    await startClaudeLogin(actor);
    await expect(startClaudeLogin(actor)).rejects.toMatchObject({ kind: 'conflict' });
    const waiting = await until('waiting_for_code');
    expect(waiting.url).toMatch(/^https:\/\/claude\.com\/cai\/oauth\/authorize\?/);
    const { userId: strangerId } = await bench.product.addUser(`stranger-${count}`);
    await expect(enterClaudeCode({ ...actor, userId: strangerId }, { loginId: waiting.id, code: 'code-of-a-stranger#x' })).rejects.toMatchObject({ kind: 'not_found' });

    const code = bench.service.approve(waiting.url ?? '');
    await enterClaudeCode(actor, { loginId: waiting.id, code });
    const [sealed] = await database().select().from(claudeLogins).where(eq(claudeLogins.id, waiting.id));
    expect(JSON.stringify(sealed)).not.toContain(code.split('#')[0]);
    const during = inspected();
    await until('done');

    const token = bench.service.issued.at(-1) ?? '';
    expect(token).toMatch(/^sk-ant-oat01-/);
    const connection = await claudeConnection(actor);
    expect(connection).toMatchObject({ method: 'subscription', status: 'connected', statusReason: null, lastFour: token.slice(-4) });
    expect(connection?.checkedAt).toBeInstanceOf(Date);
    const days = ((connection?.expiresAt?.getTime() ?? 0) - Date.now()) / 86_400_000;
    expect(days).toBeGreaterThan(364);
    expect(days).toBeLessThan(366);
    expect((await claudeSourceFor(actor.userId)).credential).toMatchObject({ value: token, reading: { variable: 'CLAUDE_CODE_OAUTH_TOKEN_FILE_DESCRIPTOR' } });
    await runner.end();
    expect(objects()).toEqual([]);
    log().info('the log is listened to');
    expect(printed.join('')).toContain('the log is listened to');
    const rows = JSON.stringify([await database().select().from(claudeLogins), await database().select().from(claudeBooths)]);
    for (const text of [rows, during, printed.join('')]) for (const secret of [token, code, code.split('#')[0] ?? '']) expect(text.includes(secret)).toBe(false);
    expect(during).toContain('"anyon.login"');
    expect(bench.service.requests).toContain('POST platform.claude.com /v1/oauth/token');
  });

  it('waits again after a wrong code, with the words of the CLI and another address', async () => {
    await startClaudeLogin(actor);
    const first = await until('waiting_for_code');
    const state = new URL(first.url ?? '').searchParams.get('state');
    await enterClaudeCode(actor, { loginId: first.id, code: `not-the-right-code#${state}` });
    const second = await until('waiting_for_code', ({ statusReason }) => statusReason !== null);
    expect(second.statusReason).toMatch(/^Claude's sign-in says: .*code.*[^.]\. Open the new page and paste its code\.$/);
    expect(second.statusReason).not.toContain('not-the-right-code');
    expect(second.url).not.toBe(first.url);
    await enterClaudeCode(actor, { loginId: first.id, code: bench.service.approve(second.url ?? '') });
    await until('done');
    expect((await claudeConnection(actor))?.method).toBe('subscription');
  });

  it('ends when the person cancels, and leaves nothing', async () => {
    const { id } = await startClaudeLogin(actor);
    await until('waiting_for_code');
    await cancelClaudeLogin(actor, { loginId: id });
    await cancelClaudeLogin(actor, { loginId: id });
    await expect(enterClaudeCode(actor, { loginId: id, code: 'comes-too-late#x' })).rejects.toMatchObject({ kind: 'conflict' });
    expect(await claudeLogin(actor)).toMatchObject({ status: 'cancelled', url: null });
    await expect.poll(objects, { timeout: 20_000 }).toEqual([]);
    await expect.poll(() => database().select().from(claudeBooths)).toEqual([]);
    expect(await claudeConnection(actor)).toBeNull();
  });

  it('expires when nobody enters a code', async () => {
    const { id } = await startClaudeLogin(actor);
    await database().update(claudeLogins).set({ expiresAt: new Date(Date.now() + 6_000) }).where(eq(claudeLogins.id, id));
    const expired = await until('expired');
    expect(expired).toMatchObject({ url: null, statusReason: expect.stringMatching(/Start again/) });
    await expect.poll(objects, { timeout: 20_000 }).toEqual([]);
    await startClaudeLogin(actor); // nothing stands in the way of the next
    expect((await claudeLogin(actor))?.status).toBe('starting');
    await until('waiting_for_code');
  });

  it('has failed when its worker dies, and what the worker left behind is removed', async () => {
    const { id } = await startClaudeLogin(actor);
    await until('waiting_for_code');
    // What a worker that was killed leaves: a row in its hands, and a booth.
    await database().update(claudeLogins).set({ fence: 7 }).where(eq(claudeLogins.id, id));
    const next = new LoginRunner(containerEngine());
    await next.look();
    expect(await claudeLogin(actor)).toMatchObject({ status: 'failed', statusReason: expect.stringMatching(/interrupted.*Start again/) });
    expect(objects()).toEqual([]);
    expect(await database().select().from(claudeBooths)).toEqual([]);
    await next.end();
  });

  it('has failed when its worker ends in order', async () => {
    await startClaudeLogin(actor);
    await until('waiting_for_code');
    await runner.end();
    expect(await claudeLogin(actor)).toMatchObject({ status: 'failed', statusReason: expect.stringMatching(/interrupted/) });
    expect(objects()).toEqual([]);
  });

  it('tells in words when the service does not take the code, and when it answers nobody with the new token', async () => {
    await startClaudeLogin(actor);
    const waiting = await until('waiting_for_code');
    bench.service.tokenAnswer = { status: 500, body: { error: 'server_error' } };
    await enterClaudeCode(actor, { loginId: waiting.id, code: bench.service.approve(waiting.url ?? '') });
    const again = await until('waiting_for_code', ({ statusReason }) => statusReason !== null);
    expect(again.statusReason).toMatch(/500/);
    bench.service.tokenAnswer = { status: 200, body: { token_type: 'Bearer', access_token: `sk-ant-oat01-${'revoked-at-once-'.repeat(6)}`, expires_in: 31_536_000, refresh_token: 'x', scope: 'user:inference' } };
    await enterClaudeCode(actor, { loginId: waiting.id, code: bench.service.approve(again.url ?? '') });
    const failed = await until('failed');
    expect(failed.statusReason).toMatch(/^The sign-in worked, but Claude does not answer with it\. The credential was not accepted/);
    expect(failed.statusReason).not.toContain('revoked-at-once');
    expect(await claudeConnection(actor)).toBeNull();
  });

  it('fails with the reason when the CLI cannot be started', async () => {
    const engine = containerEngine();
    const broken = new LoginRunner({ ...engine, openTerminal: (id, { argv, ...command }, signal) => engine.openTerminal(id, { ...command, argv: ['perl', '-e', 'print "claude: something is missing\\n"; exit 3', ...argv] }, signal) });
    await startClaudeLogin(actor);
    await broken.look();
    await expect.poll(async () => (await claudeLogin(actor))?.status, { timeout: 30_000 }).toBe('failed');
    expect((await claudeLogin(actor))?.statusReason).toMatch(/ended before it gave an address.*something is missing.*Start again/);
    await broken.end();
  });
});

describe('what is left of booths', () => {
  it('is removed when it has no row, or its time is over; what is in use stays', async () => {
    const engine = containerEngine();
    const old = randomUUID();
    await withBooth(engine, { id: old, userId: actor.userId, purpose: 'check', destinations: [] }, async () => {
      await withBooth(engine, { id: randomUUID(), userId: actor.userId, purpose: 'check', destinations: [] }, async ({ containerId }) => {
        await database().update(claudeBooths).set({ createdAt: new Date(Date.now() - 3_600_000) }).where(eq(claudeBooths.id, old));
        await sweepBooths(engine, new Set());
        expect((await database().select().from(claudeBooths).orderBy(desc(claudeBooths.createdAt))).map(({ id }) => id)).not.toContain(old);
        expect(await engine.inspectContainer(containerId)).toMatchObject({ status: 'running' });
        // The reconciler has no quarrel with it.
        const { engineProblem, differences } = await reconcile(engine, { cause: 'clock', dryRun: true });
        expect([engineProblem, differences.filter(({ object }) => object === 'container' || object === 'network')]).toEqual([null, []]);
        await database().delete(claudeBooths);
        await sweepBooths(engine, new Set());
        expect(objects()).toEqual([]);
      });
    });
  });
});
