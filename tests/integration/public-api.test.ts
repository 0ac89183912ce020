import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Validator } from '@seriousme/openapi-schema-validator';
import { and, eq, gt, sql, type SQL } from 'drizzle-orm';
import { renderToStaticMarkup } from 'react-dom/server';
import { uuidv7 } from 'uuidv7';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import ReferencePage from '@/app/(signed-in)/api-reference/page';
import { GET as getOpenApi } from '@/app/api/v1/openapi.json/route';
import { createApiTokenInput } from '@/contract/api-token';
import type { PublicEndpointName } from '@/contract/public-api';
import type { PublicEndpoint, PublicPage } from '@/contract/public-api-endpoint';
import type { RunView } from '@/contract/run';
import { alerts, apiRequests, apiTokens, auditEvents, runs, workspaces } from '@/db/schema';
import { warnOfTokenExpiry } from '@/server/alerts/token-expiry';
import { disablePerson, enablePerson } from '@/server/people/change-person';
import { createToken } from '@/server/people/api-tokens/create-token';
import { revokeToken } from '@/server/people/api-tokens/revoke-token';
import { listOwnTokens, listTokensOfOthers } from '@/server/people/api-tokens/token-views';
import { log, openLog } from '@/server/log';
import { processState } from '@/server/process-state';
import { closeSender } from '@/server/queue/queue';
import { forgetRates } from '@/server/rate-limits';
import { handlePublicRequest } from '@/server/trpc/public-api/handle-request';
import { jsonSchemaOf } from '@/server/trpc/public-api/json-schema';
import { allEndpoints, ask, requestFor, rightRequests, tokenOf } from '@/tests/setup/public-api-client';
import type { RightIds } from '@/tests/setup/right-inputs';
import { formsOf } from '@/tests/setup/search-secrets';
import { signedInPerson, workspaceWithRun, type SignedIn } from '@/tests/setup/test-people';
import { startSignIn, type SignInBench } from '@/tests/setup/test-sign-in';

/** Every line of the process's log. */
const logged: string[] = [];
let bench: SignInBench;
let directory: string;
let owner: SignedIn;
let ids: RightIds;
let token: { id: string; value: string };

beforeAll(async () => {
  directory = mkdtempSync(path.join(os.tmpdir(), 'anyon-api-'));
  bench = await startSignIn({ ANYON_DATA_DIR: directory, ANYON_INSTANCE: 'api', ANYON_LOG_LEVEL: 'trace', ANYON_MIN_FREE_BYTES: '1', ANYON_SIMULATOR_URL: 'http://127.0.0.1:9' });
  processState('log', () => openLog({ write: (line) => void logged.push(line) })); // before anything is logged
});
beforeEach(async () => {
  forgetRates();
  owner = await signedInPerson(bench.database, `owner-${randomUUID()}`);
  ids = await workspaceWithRun(bench.database, owner.actor, 'running');
  token = await tokenOf(owner.actor);
});
afterAll(async () => {
  await closeSender();
  await bench.close();
  rmSync(directory, { recursive: true, force: true });
});

const rowOf = async (id: string) => (await bench.database.select().from(apiTokens).where(eq(apiTokens.id, id)))[0];

describe('an API token', () => {
  it('has a name, scopes and an end within a year', () => {
    const right = { name: 'CI', scopes: ['read'] };
    expect(createApiTokenInput.parse(right)).toEqual({ ...right, expiresInDays: 90 });
    for (const wrong of [{ ...right, name: ' ' }, { ...right, scopes: [] }, { ...right, scopes: ['read', 'read'] }, { ...right, scopes: ['admin'] }, { ...right, expiresInDays: 366 }, { ...right, expiresInDays: 0 }, { ...right, expiresInDays: null }]) expect(createApiTokenInput.safeParse(wrong).success, JSON.stringify(wrong)).toBe(false);
  });

  it('is noted when it is used, and from where, once a minute', async () => {
    const from = { 'x-anyon-peer': '192.0.2.7' };
    expect(await rowOf(token.id)).toMatchObject({ lastUsedAt: null, lastUsedFrom: null });
    await ask('getTokenHolder', {}, token.value, from);
    const first = await rowOf(token.id);
    expect(first).toMatchObject({ lastUsedAt: expect.any(Date) as Date, lastUsedFrom: '192.0.2.7' });
    await ask('getTokenHolder', {}, token.value, { 'x-anyon-peer': '192.0.2.8' });
    expect(await rowOf(token.id)).toEqual(first);
    await bench.database.update(apiTokens).set({ lastUsedAt: sql`now() - interval '61 seconds'` }).where(eq(apiTokens.id, token.id));
    await ask('getTokenHolder', {}, token.value, { 'x-anyon-peer': '192.0.2.8' });
    expect((await rowOf(token.id))?.lastUsedFrom).toBe('192.0.2.8');
  });

  it('is listed for its owner and administrators, and revoked by them alone', async () => {
    const stranger = await signedInPerson(bench.database, 'stranger');
    const admin = await signedInPerson(bench.database, 'admin', 'admin');
    expect((await listOwnTokens(owner.actor)).map(({ id }) => id)).toEqual([token.id]);
    expect(await listOwnTokens(stranger.actor)).toEqual([]);
    expect(await listTokensOfOthers(admin.actor)).toEqual(expect.arrayContaining([expect.objectContaining({ id: token.id, owner: { id: owner.actor.userId, login: owner.actor.login } })]));
    await expect(revokeToken(stranger.actor, { tokenId: token.id })).rejects.toMatchObject({ kind: 'not_found' });
    const mark = uuidv7();
    await revokeToken(admin.actor, { tokenId: token.id });
    await revokeToken(owner.actor, { tokenId: token.id });
    expect(await ask('getTokenHolder', {}, token.value)).toMatchObject({ status: 401 });
    expect(await listOwnTokens(owner.actor)).toEqual([]);
    const written = await bench.database.select().from(auditEvents).where(and(gt(auditEvents.id, mark), eq(auditEvents.subjectId, token.id)));
    expect(written.map(({ action, actorLogin, details }) => [action, actorLogin, details])).toEqual([['api_token_revoked', 'admin', { owner: owner.actor.login }]]);
  });

  it('ends for good when its person is disabled', async () => {
    const admin = await signedInPerson(bench.database, 'another-admin', 'admin');
    await disablePerson(admin.actor, { userId: owner.actor.userId });
    await enablePerson(admin.actor, { userId: owner.actor.userId });
    expect(await ask('getTokenHolder', {}, token.value)).toMatchObject({ status: 401 });
  });

  it('is told of once, a week before it ends, if it is in use, and no more when it is over', async () => {
    const key = `secret_expiring:api_token:${token.id}`;
    const open = async () => (await bench.database.select({ userId: alerts.userId, resolvedAt: alerts.resolvedAt, count: alerts.count }).from(alerts).where(eq(alerts.key, key)));
    const set = (values: Partial<Record<'createdAt' | 'expiresAt' | 'lastUsedAt', SQL>>) => bench.database.update(apiTokens).set(values).where(eq(apiTokens.id, token.id));
    await set({ createdAt: sql`now() - interval '80 days'`, expiresAt: sql`now() + interval '8 days'`, lastUsedAt: sql`now()` });
    await warnOfTokenExpiry();
    expect(await open()).toEqual([]);
    await set({ expiresAt: sql`now() + interval '6 days'`, lastUsedAt: sql`now() - interval '15 days'` });
    await warnOfTokenExpiry();
    expect(await open()).toEqual([]);
    await set({ lastUsedAt: sql`now()` });
    await warnOfTokenExpiry();
    await warnOfTokenExpiry();
    expect(await open()).toEqual([{ userId: owner.actor.userId, resolvedAt: null, count: 1 }]);
    await revokeToken(owner.actor, { tokenId: token.id });
    await warnOfTokenExpiry();
    expect(await open()).toMatchObject([{ resolvedAt: expect.any(Date) as Date }]);
  });

  it('is one of fifty at most', async () => {
    for (let made = 1; made < 50; made++) await tokenOf(owner.actor);
    await expect(tokenOf(owner.actor)).rejects.toMatchObject({ kind: 'limit_reached' });
  });

  it('WEB-16 may ask six hundred times a minute, whatever it asks for', async () => {
    const another = await tokenOf(owner.actor);
    const answers = await Promise.all(Array.from({ length: 601 }, () => ask('getTokenHolder', {}, token.value)));
    const refused = answers.filter(({ status }) => status !== 200);
    expect(refused).toMatchObject([{ status: 429, kind: 'limit_reached' }]);
    expect(Number(refused[0]?.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await ask('getTokenHolder', {}, another.value)).toMatchObject({ status: 200 });
  });

  it('SEC-12 is in no row, answer or line of the log after it was shown', async () => {
    log().warn('The canary goes in.');
    const { value } = await createToken(owner.actor, { name: 'Canary', scopes: ['read', 'run', 'workspace'], expiresInDays: 1 });
    const answers: string[] = [];
    answers.push((await ask('startRun', { workspaceId: ids.workspaceId, prompt: `Do not tell ${value}` }, value)).text);
    for (const [name] of allEndpoints) answers.push((await ask(name, rightRequests[name](ids), value, { 'idempotency-key': randomUUID() })).text);
    answers.push((await ask('getRun', { runId: value }, value)).text, JSON.stringify(await listOwnTokens(owner.actor)));
    const tables = await bench.testDatabase.sql<{ name: string }[]>`select table_schema || '.' || quote_ident(table_name) as name from information_schema.tables where table_schema in ('public', 'pgboss')`;
    expect(tables.length).toBeGreaterThan(30);
    const rows = await Promise.all(tables.map(async ({ name }) => JSON.stringify(await bench.testDatabase.sql.unsafe(`select row_to_json(t)::text from ${name} t`))));
    const everything = [...answers, ...logged, ...rows].join('\n');
    expect(formsOf(value).filter((form) => everything.includes(form))).toEqual([]);
    expect(['Canary', 'The canary goes in.', `Do not tell ${'*'.repeat(44)}`].filter((words) => !everything.includes(words))).toEqual([]);
  });
});

describe('the public API', () => {
  it('answers what its description says, to the letter', async () => {
    const seen: string[] = [];
    const refused: string[] = [];
    for (const [name, { answers, output }] of allEndpoints as [PublicEndpointName, PublicEndpoint][]) {
      if (answers !== 'json' && answers !== 'page') continue;
      const fresh = await workspaceWithRun(bench.database, owner.actor, 'running');
      if (name === 'addFollowUp') await bench.database.update(runs).set({ status: 'running' }).where(eq(runs.id, fresh.runId)); // it waits behind it
      const { status, body, text } = await ask(name, rightRequests[name](fresh), token.value);
      if (status >= 400) {
        refused.push(`${name}: ${text}`);
        continue;
      }
      seen.push(name);
      const described = z.fromJSONSchema(jsonSchemaOf(output, 'output') as Parameters<typeof z.fromJSONSchema>[0]);
      for (const item of answers === 'page' ? (body as PublicPage<unknown>).items : [body]) expect(described.safeParse(item).error, `${name}: ${text}`).toBeUndefined();
    }
    // What the rows of this test have nothing for: a worktree, and something that waits.
    expect(refused.map((line) => line.split(':')[0]), refused.join('\n')).toEqual(['resumeRun', 'answerQuestion', 'cancelFollowUp']);
    expect(seen.length).toBeGreaterThan(20);
  });

  it('describes itself validly, every endpoint of it', async () => {
    const document = (await getOpenApi().json()) as { paths: Record<string, Record<string, { operationId: string }>> };
    const { valid, errors } = await new Validator().validate(structuredClone(document));
    expect(errors).toBeUndefined();
    expect(valid).toBe(true);
    const described = Object.entries(document.paths).flatMap(([place, operations]) => Object.entries(operations).map(([method, { operationId }]) => `${operationId} ${method.toUpperCase()} ${place}`));
    expect(described.toSorted()).toEqual(allEndpoints.map(([name, { method, path: place }]) => `${name} ${method} ${place}`).toSorted());
  });

  it('is on a page that holds each operation and shape once, and whose links lead to them', () => {
    const page = renderToStaticMarkup(ReferencePage());
    const places = [...page.matchAll(/ id="([\w-]+)"/g)].map(([, id = '']) => id);
    expect(places.filter((place, at) => places.indexOf(place) !== at)).toEqual([]);
    expect(allEndpoints.filter(([name]) => !places.includes(name))).toEqual([]);
    const led = [...page.matchAll(/href="#([\w-]+)"/g)].map(([, id = '']) => id);
    expect(led.length).toBeGreaterThan(allEndpoints.length);
    expect(led.filter((id) => !places.includes(id))).toEqual([]);
    expect(page).not.toMatch(/<script|<style/);
  });

  it('says what is wrong with a request, by field', async () => {
    const wrong = await ask('createWorkspace', { repositoryUrl: 'nonsense', nonsense: true }, token.value);
    expect(wrong).toMatchObject({ status: 400, kind: 'invalid', body: { title: expect.any(String) as string, fields: { repositoryUrl: [expect.any(String)] } } });
    expect(wrong.headers.get('x-request-id')).toBe((wrong.body as { requestId: string }).requestId);
    expect(await ask('listRuns', { workspaceId: ids.workspaceId, limit: 'many' }, token.value)).toMatchObject({ status: 400 });
    expect(await ask('getRun', { runId: 'no-id' }, token.value)).toMatchObject({ status: 404 });
    for (const strange of ['constructor', '__proto__', 'toString']) expect(await ask('listWorkspaces', Object.fromEntries([[strange, '1']]), token.value), strange).toMatchObject({ status: 400 });
    const head = async (name: PublicEndpointName) => (await handlePublicRequest(new Request(requestFor(name, { runId: ids.runId }), { method: 'HEAD', headers: { authorization: `Bearer ${token.value}` } }))).status;
    expect([await head('getLog'), await head('followLog')]).toEqual([200, 404]);
    const send = async (body: string, headers: Record<string, string>) => (await handlePublicRequest(new Request(requestFor('startRun', ids as unknown as Record<string, unknown>).url, { method: 'POST', body, headers: { authorization: `Bearer ${token.value}`, ...headers } }))).status;
    expect(await send('{"prompt":"x"}', { 'content-type': 'text/plain' })).toBe(415);
    expect(await send('{"prompt":', { 'content-type': 'application/json' })).toBe(400);
    expect(await send(`{"prompt":"x","workspaceId":"${randomUUID()}"}`, { 'content-type': 'application/json' })).toBe(400);
    expect(await send(JSON.stringify({ prompt: 'x'.repeat(2 * 1024 * 1024) }), { 'content-type': 'application/json' })).toBe(413);
  });

  it('comes in pages that hold every run and workspace once', async () => {
    for (let number = 2; number < 5; number++) await ask('startRun', { workspaceId: ids.workspaceId, prompt: `Number ${number}` }, token.value);
    const second = await workspaceWithRun(bench.database, owner.actor);
    const all = async (name: PublicEndpointName, fields: Record<string, unknown>) => {
      const found: string[] = [];
      for (let after: string | null | undefined; after !== null; ) {
        const { items, next } = (await ask(name, { ...fields, limit: 1, ...(after !== undefined && { after }) }, token.value)).body as PublicPage<{ id: string }>;
        found.push(...items.map(({ id }) => id));
        after = next;
      }
      return found;
    };
    const pagedRuns = await all('listRuns', { workspaceId: ids.workspaceId });
    expect(pagedRuns).toHaveLength(4);
    expect(pagedRuns).toEqual(((await ask('listRuns', { workspaceId: ids.workspaceId }, token.value)).body as PublicPage<RunView>).items.map(({ id }) => id));
    expect(await all('listWorkspaces', {})).toEqual([second.workspaceId, ids.workspaceId]);
  });
});

describe('REL-08 an Idempotency-Key', () => {
  const start = (key: string, prompt = 'Once', value = token.value) => ask('startRun', { workspaceId: ids.workspaceId, prompt }, value, { 'idempotency-key': key });
  const count = async () => bench.database.$count(runs, eq(runs.workspaceId, ids.workspaceId));

  it('begins one run, however often and however close together it is sent', async () => {
    const answers = await Promise.all(Array.from({ length: 5 }, () => start('same')));
    expect(answers.map(({ status }) => status)).toEqual([201, 201, 201, 201, 201]);
    expect(new Set([...answers, await start('same')].map(({ body }) => (body as RunView).id)).size).toBe(1);
    expect(await count()).toBe(2);
    await start('another');
    expect(await count()).toBe(3);
  });

  it('is refused for another request, and is another one for another token', async () => {
    await start('mine');
    expect(await start('mine', 'Something else')).toMatchObject({ status: 409, kind: 'conflict' });
    expect(await start('mine', 'Something else', (await tokenOf(owner.actor)).value)).toMatchObject({ status: 201 });
    expect(await start('has spaces')).toMatchObject({ status: 400 });
  });

  it('may be sent again after a refusal, and not when nobody knows what came of it', async () => {
    await bench.database.update(workspaces).set({ status: 'stopped' }).where(eq(workspaces.id, ids.workspaceId));
    expect(await start('again')).toMatchObject({ status: 412 });
    await bench.database.update(workspaces).set({ status: 'running' }).where(eq(workspaces.id, ids.workspaceId));
    expect(await start('again')).toMatchObject({ status: 201 });
    await bench.database.update(apiRequests).set({ outcome: null, createdAt: sql`now() - interval '3 minutes'` }).where(and(eq(apiRequests.tokenId, token.id), eq(apiRequests.key, 'again')));
    expect(await start('again')).toMatchObject({ status: 409, body: { detail: expect.stringContaining('not known') as string } });
    await bench.database.update(apiRequests).set({ createdAt: sql`now() - interval '25 hours'` }).where(eq(apiRequests.tokenId, token.id));
    expect(await start('again')).toMatchObject({ status: 201 });
  });

  it('gives a token that may only start runs what it has begun', async () => {
    const { value } = await tokenOf(owner.actor, ['run']);
    const first = await start('blind', 'Once', value);
    expect((await start('blind', 'Once', value)).body).toMatchObject({ id: (first.body as RunView).id });
  });
});
