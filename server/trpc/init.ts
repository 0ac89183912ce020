import { initTRPC } from '@trpc/server';
import { getHTTPStatusCodeFromError } from '@trpc/server/http';
import { TRPC_ERROR_CODES_BY_KEY } from '@trpc/server/rpc';
import superjson from 'superjson';
import type { Actor } from '@/contract/actor';
import { scopeOfProcedure } from '@/contract/public-api';
import { AnyonError } from '@/server/errors';
import type { Context } from '@/server/trpc/context';
import { errorFields, errorKind, mapError } from '@/server/trpc/error-mapping';
import { serialize } from '@/server/trpc/serialize';
import { assertRoomForView } from '@/server/trpc/stream-limit';
import { traced } from '@/server/tracing';

/** What every procedure says about itself. tests/integration/access-walk.test.ts holds each to its word. */
export interface Meta {
  readonly access: 'public' | 'member' | 'admin';
}

const t = initTRPC
  .context<Context>()
  .meta<Meta>()
  .create({
    transformer: { serialize, deserialize: superjson.deserialize },
    isDev: false, // never a stack in an answer
    errorFormatter({ shape, error, path }) {
      // Errors of a subscription's generator and of the context pass no middleware; this is the one place all pass.
      const answer = mapError(error, path);
      const data = {
        ...shape.data,
        code: answer.code,
        httpStatus: getHTTPStatusCodeFromError(answer),
        kind: errorKind(answer),
        fields: errorFields(answer),
      };
      return { ...shape, message: answer.message, code: TRPC_ERROR_CODES_BY_KEY[answer.code], data };
    },
    sse: {
      ping: { enabled: true, intervalMs: 10_000 },
      client: { reconnectAfterInactivityMs: 25_000 },
      maxDurationMs: 30 * 60_000,
    },
  });

const base = t.procedure.use(async ({ next, path, type }) => {
  const answered = async () => {
    const result = await next();
    if (!result.ok) throw mapError(result.error, path);
    return result;
  };
  if (type === 'subscription') return answered(); // it is open for hours: no step of anything
  return traced(path, { kind: 'server', facts: { 'rpc.system.name': 'trpc', 'rpc.method': path } }, answered);
});

const member = base.meta({ access: 'member' }).use(({ ctx, next, type, path }) => {
  const { actor } = ctx;
  if (!actor?.userId) throw new AnyonError('unauthenticated', 'Sign in to go on.');
  if (actor.token) assertTokenMay(actor.token, path);
  if (type === 'subscription') assertRoomForView(actor);
  return next({ ctx: { actor } });
});

/** A token may call what the table of the public API names, with the scope that it names there, whichever way it came here. */
function assertTokenMay({ scopes }: NonNullable<Actor['token']>, procedurePath: string): void {
  const needed = scopeOfProcedure(procedurePath);
  if (needed === null) throw new AnyonError('forbidden', 'API tokens cannot be used for this. Sign in with a browser.');
  if (!scopes.includes(needed)) throw new AnyonError('forbidden', `This token may not be used for this: it needs the scope “${needed}”. Make one that has it under Settings → API tokens.`);
}

const admin = member.meta({ access: 'admin' }).use(({ ctx, next }) => {
  if (ctx.actor.role !== 'admin') throw new AnyonError('forbidden', 'Only administrators may do this. Ask one of them.');
  return next();
});

/**
 * Where every procedure starts; there is no other way to make one, so each declares who may call it. `member` and `admin`
 * put a certain `ctx.actor` in. Whether this actor may touch this workspace or run is the domain's question.
 */
export const procedure = { public: base.meta({ access: 'public' }), member, admin };

export const router = t.router;

/** Calls procedures without HTTP: for pages on the server and for tests. Errors are mapped as for the browser. */
export const createCallerFactory = t.createCallerFactory;
