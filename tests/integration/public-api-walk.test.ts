import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { tokenScopes } from '@/contract/api-token';
import type { PublicProblem } from '@/contract/public-api-endpoint';
import { apiTokens, users } from '@/db/schema';
import { requireTokenActor } from '@/server/auth/token-actor';
import { newTokenValue } from '@/server/people/api-tokens/token-value';
import { closeSender } from '@/server/queue/queue';
import { createCallerFactory } from '@/server/trpc/init';
import { handleTrpcRequest } from '@/server/trpc/http-handler';
import { handlePublicRequest } from '@/server/trpc/public-api/handle-request';
import { appRouter } from '@/server/trpc/router';
import { allEndpoints, ask, rightRequests, requestFor, tokenOf } from '@/tests/setup/public-api-client';
import { rightInputs, strangeIds, type RightIds } from '@/tests/setup/right-inputs';
import { signedInPerson, workspaceWithRun, type SignedIn } from '@/tests/setup/test-people';
import { PUBLIC_URL, startSignIn, type SignInBench } from '@/tests/setup/test-sign-in';

interface Procedure {
  _def: { type: string; meta?: { access?: string } };
}
const procedures = appRouter._def.procedures as unknown as Record<string, Procedure>;
const names = allEndpoints.map(([name]) => name);
/** Those that name something of a person's: the others are about whoever asks. */
const aboutOne = names.filter((name) => /Id/.test(JSON.stringify(rightRequests[name](strangeIds()))));

let bench: SignInBench;
let directory: string;
let owner: SignedIn;
let other: SignedIn;
let admin: SignedIn;
let ids: RightIds;

beforeAll(async () => {
  directory = mkdtempSync(path.join(os.tmpdir(), 'anyon-api-walk-'));
  bench = await startSignIn({ ANYON_DATA_DIR: directory, ANYON_INSTANCE: 'apiwalk' });
  other = await signedInPerson(bench.database, 'other');
  admin = await signedInPerson(bench.database, 'admin', 'admin');
});
beforeEach(async () => {
  owner = await signedInPerson(bench.database, `owner-${randomUUID()}`);
  ids = await workspaceWithRun(bench.database, owner.actor);
});
afterAll(async () => {
  await closeSender();
  await bench.close();
  rmSync(directory, { recursive: true, force: true });
});

describe('the table of the public API', () => {
  it('is walked here from end to end', () => {
    expect(Object.keys(rightRequests).toSorted()).toEqual(names.toSorted());
    expect(aboutOne.length).toBeGreaterThan(20);
  });

  it('names procedures of members alone, reads by GET, and nothing that no token may reach', () => {
    for (const [name, { procedure, method }] of allEndpoints) {
      if (procedure === null) continue;
      expect(procedures[procedure]?._def.meta?.access, name).toBe('member');
      expect(procedures[procedure]?._def.type === 'mutation', name).toBe(method !== 'GET');
      expect(procedure, name).toMatch(/^(workspaces|batches|runs|conversations|questions|followUps|variants)\./);
    }
  });

  it('asks for one scope for each procedure, and for `read` alone where nothing is changed', () => {
    const scopes = new Map<string, string | null>();
    for (const [name, { procedure, scope, method }] of allEndpoints) {
      if (procedure === null) continue;
      expect(scopes.get(procedure) ?? scope, name).toBe(scope);
      scopes.set(procedure, scope);
      expect(scope === 'read', name).toBe(method === 'GET');
    }
  });
});

describe('WEB-01 every endpoint of the public API', () => {
  it.each(names)('%s refuses whoever has no token that counts, in the same words before it looks at anything', async (name) => {
    const { id, value } = await tokenOf(owner.actor);
    const fields = rightRequests[name](ids);
    const refusedWith = async (token: string | null, headers: Record<string, string> = {}) => {
      const { status, body, headers: answered } = await ask(name, { ...fields, nonsense: true }, token, headers);
      expect(answered.get('www-authenticate')).toBe('Bearer');
      return { ...(body as PublicProblem), answered: status, requestId: null };
    };
    const without = await refusedWith(null);
    expect(without).toMatchObject({ status: 401, kind: 'unauthenticated', detail: expect.stringContaining('Authorization: Bearer') as string });
    expect(await refusedWith(null, { cookie: owner.cookie, origin: PUBLIC_URL })).toEqual(without);
    expect(await refusedWith(null, { authorization: `Basic ${Buffer.from(`x:${value}`).toString('base64')}` })).toEqual(without);
    const unknown = await refusedWith(newTokenValue());
    expect(unknown).toMatchObject({ status: 401, kind: 'unauthenticated' });
    expect(await refusedWith('made-up')).toEqual(unknown);
    const set = (values: Partial<typeof apiTokens.$inferInsert>) => bench.database.update(apiTokens).set(values).where(eq(apiTokens.id, id));
    await set({ revokedAt: new Date() });
    expect(await refusedWith(value)).toEqual(unknown);
    await set({ revokedAt: null, expiresAt: new Date(Date.now() - 1000) });
    expect(await refusedWith(value)).toEqual(unknown);
    await set({ expiresAt: new Date(Date.now() + 60_000) });
    await bench.database.update(users).set({ disabledAt: new Date() }).where(eq(users.id, owner.actor.userId));
    expect(await refusedWith(value)).toEqual(unknown);
  });

  it.each(allEndpoints)('%s serves the scope that it names, and refuses every other before it looks at the input', async (name, { scope }) => {
    for (const held of tokenScopes) {
      const { value } = await tokenOf(owner.actor, [held]);
      if (scope === null || held === scope) {
        // Some cannot be done in the state that the rows are in, or name a question that is not there; what counts is that they were let through.
        const { kind, text } = await ask(name, rightRequests[name](ids), value);
        expect(kind === 'not_found' ? 'conflict' : kind, text).toMatch(/^(ok|conflict|precondition)$/);
        if (kind === 'not_found') expect(['answerQuestion', 'cancelFollowUp']).toContain(name);
        continue;
      }
      const refused = await ask(name, { ...rightRequests[name](ids), nonsense: true }, value);
      expect(refused).toMatchObject({ status: 403, kind: 'forbidden', body: { detail: expect.stringContaining(`“${scope}”`) as string } });
    }
  });

  it.each(aboutOne)('%s answers another person about a real id as about one that was never given out, administrators too', async (name) => {
    for (const stranger of [other, admin]) {
      const { value } = await tokenOf(stranger.actor);
      const foreign = await ask(name, rightRequests[name](ids), value);
      const never = await ask(name, rightRequests[name](strangeIds()), value);
      expect(foreign).toMatchObject({ status: 404, kind: 'not_found' });
      expect({ ...(foreign.body as PublicProblem), requestId: null }).toEqual({ ...(never.body as PublicProblem), requestId: null });
    }
  });

  it('lists nothing of another person', async () => {
    const { value } = await tokenOf(owner.actor);
    expect((await ask('listWorkspaces', {}, value)).text).toContain(ids.workspaceId);
    for (const stranger of [other, admin]) {
      const { value: theirs } = await tokenOf(stranger.actor);
      expect((await ask('listWorkspaces', {}, theirs)).text).not.toContain(ids.workspaceId);
      expect((await ask('listBatches', {}, theirs)).text).not.toContain(ids.batchId);
    }
  });
});

describe('WEB-01 a token', () => {
  it('reaches no procedure that is not in the table, whichever way it comes', async () => {
    const { value } = await tokenOf(admin.actor);
    const actor = await requireTokenActor(new Headers({ authorization: `Bearer ${value}` }));
    const reached = new Set(allEndpoints.map(([, { procedure }]) => procedure));
    const caller = createCallerFactory(appRouter)({ actor });
    const rest = Object.entries(procedures).filter(([name, { _def }]) => _def.meta?.access !== 'public' && !reached.has(name));
    expect(rest.length).toBeGreaterThan(60);
    for (const [name] of rest) {
      const call = name.split('.').reduce<unknown>((at, part) => (at as Record<string, unknown>)[part], caller) as (input: unknown) => Promise<unknown>;
      await expect(call(rightInputs[name]?.(ids)), name).rejects.toMatchObject({ code: 'FORBIDDEN' });
    }
  });

  it('counts for the public API alone', async () => {
    const { value } = await tokenOf(owner.actor);
    const headers = { host: 'localhost:3000', authorization: `Bearer ${value}` };
    const refused = await handleTrpcRequest(new Request(`${PUBLIC_URL}/api/trpc/workspaces.list?input=%7B%7D`, { headers }));
    expect(refused.status).toBe(401);
  });

  it('WEB-10 gives a page of another site nothing: no answer may be read there, and nothing is done for a cookie', async () => {
    const { value } = await tokenOf(owner.actor);
    for (const method of ['OPTIONS', 'PUT', 'PATCH']) {
      const request = new Request(`${PUBLIC_URL}/api/v1/workspaces`, { method, headers: { authorization: `Bearer ${value}`, origin: 'https://evil.example', 'access-control-request-method': 'POST' } });
      const response = await handlePublicRequest(request);
      expect(response.status).toBe(404);
      expect([...response.headers.keys()].filter((header) => header.startsWith('access-control'))).toEqual([]);
    }
    const response = await handlePublicRequest(requestFor('listWorkspaces', {}, { authorization: `Bearer ${value}`, origin: 'https://evil.example' }));
    expect([...response.headers.keys()].filter((header) => /^access-control|^set-cookie/.test(header))).toEqual([]);
  });
});
