import type { Actor } from '@/contract/actor';
import { createCallerFactory } from '@/server/trpc/init';
import { appRouter } from '@/server/trpc/router';

const createCaller = createCallerFactory(appRouter);

/** Calls a procedure by its path as the pages do, with everything that it checks: access, scope, rate, input. */
export function callProcedure(actor: Actor, procedure: string, input: unknown, signal?: AbortSignal): Promise<unknown> {
  const caller = createCaller({ actor }, signal ? { signal } : {});
  const found = procedure.split('.').reduce<unknown>((at, name) => (at as Record<string, unknown>)[name], caller);
  return (found as (input: unknown) => Promise<unknown>)(input);
}
