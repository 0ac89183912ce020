import { randomUUID } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { eq } from 'drizzle-orm';
import superjson from 'superjson';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { sessions, users } from '@/db/schema';
import { closeSender } from '@/server/queue/queue';
import { handleTrpcRequest } from '@/server/trpc/http-handler';
import { appRouter } from '@/server/trpc/router';
import { root } from '@/tests/house/house';
import { rightInputs, strangeIds, type RightIds } from '@/tests/setup/right-inputs';
import { signedInPerson, workspaceWithRun, type SignedIn } from '@/tests/setup/test-people';
import { PUBLIC_URL, startSignIn, type SignInBench } from '@/tests/setup/test-sign-in';

/** What may be called by anybody. A name is added here by hand, never by a procedure’s own word alone. */
const publicProcedures = ['session.me'];
const openRoutes = ['app/api/auth/[...nextauth]/route.ts', 'app/api/health/route.ts', 'app/api/v1/openapi.json/route.ts'];
/** About the person who comes and nothing else: there is no other person's to see. tests/integration/github-consent.test.ts walks them. */
const ownRoutes = ['app/api/connections/github/start/route.ts', 'app/api/auth/callback/github/connection/route.ts'];
/** For machines, by address or token, and never by a session: tests/integration/observability.test.ts asks it from everywhere. */
const machineRoutes = ['app/api/metrics/route.ts'];
/** The door to the procedures, which are walked one by one. */
const trpcRoute = 'app/api/trpc/[trpc]/route.ts';
/** The door to the public API, by token alone: tests/integration/public-api-walk.test.ts walks its endpoints. */
const publicApiRoute = 'app/api/v1/[...path]/route.ts';

interface Procedure {
  _def: { type: 'query' | 'mutation' | 'subscription'; meta?: { access?: string }; inputs: unknown[] };
}
const procedures = Object.entries(appRouter._def.procedures as unknown as Record<string, Procedure>).map(([name, { _def }]) => ({ name, ..._def, access: _def.meta?.access }));
const closed = procedures.filter(({ name }) => !publicProcedures.includes(name));
const aboutOne = procedures.filter(({ inputs: schemas }) => schemas.some(namesOne));
const forAdmins = procedures.filter(({ access }) => access === 'admin');

function namesOne(schema: unknown): boolean {
  const shape = schema instanceof z.ZodObject ? (schema.shape as Record<string, unknown>) : {};
  return ['workspaceId', 'runId', 'taskId', 'batchId', 'removedWorkspaceId', 'selection'].some((name) => name in shape);
}

let bench: SignInBench;
let directory: string;
let owner: SignedIn;
let other: SignedIn;
let admin: SignedIn;
let ids: RightIds;

beforeAll(async () => {
  directory = mkdtempSync(path.join(os.tmpdir(), 'anyon-walk-'));
  bench = await startSignIn({ ANYON_DATA_DIR: directory, ANYON_INSTANCE: 'walk' });
});
beforeEach(async () => {
  owner = await signedInPerson(bench.database, `owner-${randomUUID()}`);
  other = await signedInPerson(bench.database, `other-${randomUUID()}`);
  admin = await signedInPerson(bench.database, `admin-${randomUUID()}`, 'admin');
  ids = await workspaceWithRun(bench.database, owner.actor);
});
afterAll(async () => {
  await closeSender();
  await bench.close();
  rmSync(directory, { recursive: true, force: true });
});

interface Outcome {
  status: number;
  /** `ok`, or the kind of the error. */
  kind: string;
  message: string | null;
  text: string;
}

/** Calls a procedure over HTTP, as a browser with this cookie would; of a subscription the first event counts. */
async function call(name: string, input: unknown, cookie: string | null): Promise<Outcome> {
  const { type } = procedures.find((procedure) => procedure.name === name) ?? { type: 'query' };
  const payload = JSON.stringify(superjson.serialize(input));
  const url = `${PUBLIC_URL}/api/trpc/${name}`;
  const headers = { host: 'localhost:3000', ...(cookie && { cookie }) };
  if (type === 'mutation') return read(await handleTrpcRequest(new Request(url, { method: 'POST', headers: { ...headers, origin: PUBLIC_URL, 'content-type': 'application/json' }, body: payload })));
  const leave = new AbortController();
  try {
    return await read(await handleTrpcRequest(new Request(`${url}?input=${encodeURIComponent(payload)}`, { headers, signal: leave.signal })));
  } finally {
    leave.abort();
  }
}

async function read(response: Response): Promise<Outcome> {
  const stream = response.headers.get('content-type')?.startsWith('text/event-stream');
  const text = stream ? await firstEvent(response) : await response.text();
  const body = JSON.parse(text) as { error?: { json: { message: string; data: { kind: string } } }; json?: { data?: { kind?: string }; message?: string } };
  const error = body.error?.json ?? (body.json?.data?.kind ? body.json : undefined);
  return { status: response.status, kind: error?.data?.kind ?? 'ok', message: error?.message ?? null, text };
}

/** The data of the first event that is neither the greeting nor a ping. */
async function firstEvent(response: Response): Promise<string> {
  let text = '';
  for await (const chunk of response.body ?? []) {
    text += Buffer.from(chunk).toString();
    const found = /event: serialized-error\ndata: (.*)\n/.exec(text) ?? /(?:^|\n\n)\n?data: (.*)\n/.exec(text.replace(/event: connected\ndata: .*\n/, ''));
    if (found) return found[1] ?? '';
  }
  throw new Error(`The stream ended without an event: ${text}`);
}

describe('WEB-01 WEB-02 every procedure', () => {
  it('is in the table of this walk, and nothing else is', () => {
    expect(Object.keys(rightInputs).sort()).toEqual(procedures.map(({ name }) => name).sort());
  });

  it('declares who may call it, and only the listed ones are public', () => {
    expect(procedures.filter(({ access }) => !['public', 'member', 'admin'].includes(access ?? ''))).toEqual([]);
    expect(procedures.filter(({ access }) => access === 'public').map(({ name }) => name)).toEqual(publicProcedures);
  });

  it.each(publicProcedures)('%s answers anybody', async (name) => {
    expect(await call(name, rightInputs[name]?.(ids), null)).toMatchObject({ kind: 'ok' });
  });

  it.each(closed.map(({ name }) => name))('%s refuses whoever is not signed in, before it looks at the input', async (name) => {
    const refused = { kind: 'unauthenticated', message: 'Sign in to go on.' };
    expect(await call(name, rightInputs[name]?.(ids), null)).toMatchObject(refused);
    expect(await call(name, { nonsense: true }, null)).toMatchObject(refused);
    expect(await call(name, rightInputs[name]?.(ids), 'anyon-session-3000=made-up')).toMatchObject(refused);
  });

  it.each(closed.map(({ name }) => name))('%s refuses a session that was revoked, has expired, or whose person is disabled', async (name) => {
    const { sessionId, userId } = owner.actor;
    const input = rightInputs[name]?.(ids);
    await bench.database.update(sessions).set({ revokedAt: new Date() }).where(eq(sessions.id, sessionId));
    expect(await call(name, input, owner.cookie)).toMatchObject({ kind: 'unauthenticated' });
    await bench.database.update(sessions).set({ revokedAt: null, expiresAt: new Date(0) }).where(eq(sessions.id, sessionId));
    expect(await call(name, input, owner.cookie)).toMatchObject({ kind: 'unauthenticated' });
    await bench.database.update(sessions).set({ expiresAt: new Date(Date.now() + 60_000) }).where(eq(sessions.id, sessionId));
    await bench.database.update(users).set({ disabledAt: new Date() }).where(eq(users.id, userId));
    expect(await call(name, input, owner.cookie)).toMatchObject({ kind: 'unauthenticated' });
  });

  it.each(aboutOne.map(({ name }) => name))('%s answers another member about a real id as about one that was never given out', async (name) => {
    const foreign = await call(name, rightInputs[name]?.(ids), other.cookie);
    const never = await call(name, rightInputs[name]?.(strangeIds()), other.cookie);
    expect(foreign).toMatchObject({ kind: 'not_found' });
    expect(foreign).toEqual(never);
  });

  it.each(aboutOne.map(({ name }) => name))('%s serves the owner and administrators', async (name) => {
    for (const person of [owner, admin]) {
      const own = await workspaceWithRun(bench.database, owner.actor);
      const { kind } = await call(name, rightInputs[name]?.(own), person.cookie);
      // Some cannot be done in the state that the rows are in; what counts is that they were let through.
      expect(['ok', 'conflict', 'precondition']).toContain(kind);
    }
  });

  it('that is for administrators refuses members', async () => {
    for (const { name } of forAdmins) expect(await call(name, rightInputs[name]?.(ids), owner.cookie)).toMatchObject({ kind: 'forbidden' });
    expect(forAdmins).not.toEqual([]);
  });

  it('lists of one member hold nothing of another', async () => {
    expect((await call('workspaces.list', undefined, owner.cookie)).text).toContain(ids.workspaceId);
    expect((await call('workspaces.list', undefined, other.cookie)).text).not.toContain(ids.workspaceId);
    expect((await call('workspaces.list', undefined, admin.cookie)).text).toContain(ids.workspaceId);
    expect((await call('removedWorkspaces.list', undefined, owner.cookie)).text).toContain(ids.removedWorkspaceId);
    expect((await call('removedWorkspaces.list', undefined, other.cookie)).text).not.toContain(ids.removedWorkspaceId);
  });

  it('WEB-10 that changes something is refused from another site, whoever’s browser it is', async () => {
    for (const { name } of procedures.filter(({ type }) => type === 'mutation')) {
      const post = (headers: Record<string, string>) => new Request(`${PUBLIC_URL}/api/trpc/${name}`, { method: 'POST', body: JSON.stringify(superjson.serialize(rightInputs[name]?.(ids))), headers: { cookie: owner.cookie, host: 'localhost:3000', 'content-type': 'application/json', ...headers } });
      const outcomes = await Promise.all([post({ origin: 'https://evil.example' }), post({}), post({ origin: PUBLIC_URL, 'sec-fetch-site': 'cross-site' })].map(async (request) => read(await handleTrpcRequest(request))));
      expect(outcomes.map(({ kind, status }) => ({ kind, status }))).toEqual(Array.from({ length: 3 }, () => ({ kind: 'forbidden', status: 403 })));
      for (const type of ['text/plain', 'multipart/form-data; boundary=x', 'application/x-www-form-urlencoded', 'application/octet-stream']) {
        expect((await handleTrpcRequest(post({ origin: PUBLIC_URL, 'content-type': type }))).status).toBe(415);
      }
      const visit = await handleTrpcRequest(new Request(`${PUBLIC_URL}/api/trpc/${name}?input=%7B%7D`, { headers: { cookie: owner.cookie } }));
      expect(visit.status).toBe(405);
    }
  });
});

type Method = (request: Request, context: { params: Promise<Record<string, string>> }) => Promise<Response>;

function routeFiles(): string[] {
  return readdirSync(path.join(root, 'app'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /^route\.(ts|tsx|js|mjs)$/.test(entry.name))
    .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)));
}

async function methodsOf(file: string): Promise<[string, Method][]> {
  const route = (await import(/* @vite-ignore */ path.join(root, file))) as Record<string, unknown>;
  return ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'].flatMap((method) => (typeof route[method] === 'function' ? [[method, route[method] as Method] as [string, Method]] : []));
}

function knock(file: string, method: string, handler: Method, who: string | null, about: RightIds): Promise<Response> {
  const params = Object.fromEntries([...file.matchAll(/\[(\w+)\]/g)].map(([, name = '']) => [name, (about as unknown as Record<string, string>)[name] ?? 'unknown']));
  const place = file.replace(/^app/, '').replace(/\/route\.\w+$/, '').replace(/\[(\w+)\]/g, (_, name: string) => params[name] ?? '');
  const headers = { ...(who && { cookie: who }), origin: PUBLIC_URL };
  return handler(new Request(`${PUBLIC_URL}${place}?stream=out`, { method, headers }), { params: Promise.resolve(params) });
}

describe('WEB-01 every route', () => {
  const guarded = routeFiles().filter((file) => ![...openRoutes, ...ownRoutes, ...machineRoutes, trpcRoute, publicApiRoute].includes(file));

  it('that is open to anybody is one of those that we know', () => {
    expect(routeFiles()).toEqual(expect.arrayContaining([...openRoutes, ...ownRoutes, ...machineRoutes, trpcRoute, publicApiRoute]));
    expect(guarded).not.toEqual([]);
  });

  it.each(guarded)('%s refuses whoever is not signed in, and other members as if nothing were there', async (file) => {
    for (const [method, handler] of await methodsOf(file)) {
      expect((await knock(file, method, handler, null, ids)).status).toBe(401);
      const foreign = await knock(file, method, handler, other.cookie, ids);
      const never = await knock(file, method, handler, other.cookie, strangeIds());
      expect(foreign.status).toBe(404);
      expect(await foreign.text()).toBe(await never.text());
      expect([401, 403, 404]).not.toContain((await knock(file, method, handler, owner.cookie, ids)).status);
    }
  });

  it.each(ownRoutes)('%s refuses whoever is not signed in', async (file) => {
    for (const [method, handler] of await methodsOf(file)) {
      expect((await knock(file, method, handler, null, ids)).status).toBe(401);
      expect((await knock(file, method, handler, owner.cookie, ids)).status).toBe(303);
      await bench.database.update(users).set({ disabledAt: new Date() }).where(eq(users.id, owner.actor.userId));
      expect((await knock(file, method, handler, owner.cookie, ids)).status).toBe(401);
    }
  });

  it('of a form is one of the sign-in', () => {
    const withActions = ['app', 'components', 'server'].flatMap((room) =>
      readdirSync(path.join(root, room), { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name))
        .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)))
        .filter((file) => /['"]use server['"]/.test(readFileSync(path.join(root, file), 'utf8'))),
    );
    expect(withActions).toEqual(['server/auth/actions.ts']);
  });
});
