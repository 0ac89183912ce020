import { fetchRequestHandler } from '@trpc/server/adapters/fetch';
import superjson from 'superjson';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import type { Actor } from '@/contract/actor';
import { errorKinds, type ErrorKind } from '@/contract/error-kind';
import { AnyonError } from '@/server/errors';
import { createCallerFactory, procedure, router } from '@/server/trpc/init';

const logged = vi.hoisted(() => ({ errors: [] as unknown[][] }));
vi.mock('@/server/log', () => ({ log: () => ({ error: (...entry: unknown[]) => logged.errors.push(entry) }) }));

const limits = z.object({ limits: z.object({ cpus: z.number().min(1, 'At least one core.') }), name: z.string().min(1, 'Give it a name.') });
const testRouter = router({
  open: procedure.public.query(() => 'hello'),
  member: procedure.member.query(({ ctx }) => ctx.actor.login),
  admin: procedure.admin.query(({ ctx }) => ctx.actor.login),
  fails: procedure.public.input(z.enum(errorKinds)).query(({ input }) => {
    throw new AnyonError(input, `This is ${input}.`, { cause: new Error('secret cause') });
  }),
  crashes: procedure.public.query(() => {
    throw new Error('password=hunter2 at /somewhere/secret.ts');
  }),
  checks: procedure.public.input(limits).query(() => 'fine'),
  streams: procedure.public.input(z.enum(['not_found', 'crash'])).subscription(async function* ({ input }) {
    yield 1;
    if (input === 'crash') throw new Error('password=hunter2');
    throw new AnyonError(input, 'There is no such run.');
  }),
});

const member: Actor = { userId: 'u', sessionId: 's', login: 'mona', role: 'member' };
const callAs = (actor: Actor | null) => createCallerFactory(testRouter)({ actor });

async function fetchError(path: string, input?: unknown) {
  const query = input === undefined ? '' : `?input=${encodeURIComponent(JSON.stringify(superjson.serialize(input)))}`;
  const response = await fetchRequestHandler({ endpoint: '/t', req: new Request(`http://localhost/t/${path}${query}`), router: testRouter, createContext: () => ({ actor: null }) });
  const text = await response.text();
  return { status: response.status, text, error: (JSON.parse(text) as { error: { json: { message: string; code: number; data: Record<string, unknown> } } }).error.json };
}

beforeEach(() => {
  logged.errors.length = 0;
});

describe('access', () => {
  it('lets anybody call what is public', async () => {
    await expect(callAs(null).open()).resolves.toBe('hello');
  });

  it('asks for a signed-in member', async () => {
    await expect(callAs(null).member()).rejects.toMatchObject({ code: 'UNAUTHORIZED', message: 'Sign in to go on.' });
    await expect(callAs({ ...member, userId: '' }).member()).rejects.toMatchObject({ code: 'UNAUTHORIZED' });
    await expect(callAs(member).member()).resolves.toBe('mona');
  });

  it('asks for an administrator', async () => {
    await expect(callAs(null).admin()).rejects.toMatchObject({ code: 'UNAUTHORIZED' });
    await expect(callAs(member).admin()).rejects.toMatchObject({ code: 'FORBIDDEN' });
    await expect(callAs({ ...member, role: 'admin' }).admin()).resolves.toBe('mona');
  });

  it('is declared by every procedure', () => {
    const declared = Object.fromEntries(Object.entries(testRouter._def.procedures).map(([name, { _def }]) => [name, (_def as { meta?: { access: string } }).meta?.access]));
    expect(declared).toMatchObject({ open: 'public', member: 'member', admin: 'admin', checks: 'public' });
  });
});

describe('an error', () => {
  const statuses: Record<ErrorKind, number> = { invalid: 400, unauthenticated: 401, forbidden: 403, not_found: 404, gone: 404, conflict: 409, limit_reached: 429, precondition: 412, unavailable: 503, internal: 500 };

  it.each(errorKinds.filter((kind) => kind !== 'internal'))('%s keeps its sentence and its kind, and tells no cause', async (kind) => {
    const { status, error, text } = await fetchError('fails', kind);
    expect(status).toBe(statuses[kind]);
    expect(error).toMatchObject({ message: `This is ${kind}.`, data: { kind, httpStatus: statuses[kind], fields: null } });
    expect(text).not.toContain('secret cause');
    expect(text).not.toContain('"stack"');
  });

  it.each([
    ['crashes', undefined],
    ['fails', 'internal'],
  ])('that nobody expected is told as one sentence with a reference, and logged once (%s)', async (path, input) => {
    const { status, error, text } = await fetchError(path, input);
    expect(status).toBe(500);
    expect(error.data['kind']).toBe('internal');
    expect(text).not.toMatch(/hunter2|secret|This is internal/);
    const reference = /look for ([0-9a-f]{8}) in the log/.exec(error.message)?.[1];
    expect(logged.errors).toEqual([[expect.objectContaining({ reference, path }), expect.any(String)]]);
  });

  it('about input names each field, with the first complaint as its sentence', async () => {
    const { status, error } = await fetchError('checks', { limits: { cpus: 0 }, name: '' });
    expect(status).toBe(400);
    expect(error).toMatchObject({ message: 'At least one core.', data: { kind: 'invalid', fields: { 'limits.cpus': ['At least one core.'], name: ['Give it a name.'] } } });
  });

  it('for a procedure that does not exist is not_found', async () => {
    expect(await fetchError('nothing')).toMatchObject({ status: 404, error: { data: { kind: 'not_found' } } });
  });

  it('inside a stream is mapped too, with a code that does not make the browser try for ever', async () => {
    const url = `http://localhost/t/streams?input=${encodeURIComponent(JSON.stringify(superjson.serialize('not_found')))}`;
    const response = await fetchRequestHandler({ endpoint: '/t', req: new Request(url), router: testRouter, createContext: () => ({ actor: null }) });
    const error = /event: serialized-error\ndata: (.*)/.exec(await response.text())?.[1] ?? '';
    expect(JSON.parse(error)).toMatchObject({ json: { message: 'There is no such run.', code: -32004, data: { kind: 'not_found', code: 'NOT_FOUND' } } });
  });
});
