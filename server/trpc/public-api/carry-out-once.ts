import type { Actor } from '@/contract/actor';
import type { PublicEndpointName } from '@/contract/public-api';
import { AnyonError } from '@/server/errors';
import { claimRequest, finishRequest, forgetRequest, macOfRequest, type RequestClaim, type RequestOutcome } from '@/server/people/api-tokens/claim-request';
import { callProcedure } from '@/server/trpc/public-api/call-procedure';
import { problemOf } from '@/server/trpc/public-api/problem';

interface Began {
  id?: string;
  batchId?: string;
  followUpId?: string;
  startedRun?: { id: string } | null;
}

/** Which ids say what a request began, and the answer that they stand for later. */
interface Kept {
  ids(answer: Began): RequestOutcome;
  answer(outcome: RequestOutcome, ask: (procedure: string, input: unknown) => Promise<unknown>): Promise<unknown>;
}

const run: Kept = { ids: ({ id = '' }) => ({ runId: id }), answer: ({ runId }, ask) => ask('runs.byId', { runId }) };
const kept: Partial<Record<PublicEndpointName, Kept>> = {
  createWorkspace: { ids: ({ id = '' }) => ({ workspaceId: id }), answer: ({ workspaceId }, ask) => ask('workspaces.byId', { workspaceId }) },
  startRun: run,
  resumeRun: run,
  startBatch: { ids: ({ batchId = '' }) => ({ batchId }), answer: async ({ batchId }) => ({ batchId }) },
  startVariants: { ids: ({ id = '' }) => ({ groupId: id }), answer: ({ groupId }, ask) => ask('variants.byId', { groupId }) },
  addFollowUp: {
    ids: ({ followUpId = '', startedRun }) => ({ followUpId, runId: startedRun?.id ?? null }),
    answer: async ({ followUpId, runId }, ask) => ({ followUpId, startedRun: runId === null ? null : await ask('runs.byId', { runId }) }),
  },
};

export interface KeyedRequest {
  name: PublicEndpointName;
  actor: Actor;
  /** The header Idempotency-Key, and Authorization, with which the request is made unreadable where it is kept. */
  key: string;
  authorization: string;
  input: unknown;
}

/** Carries a request out unless one with its key was carried out before: then it answers with what that began, as it stands now. */
export async function carryOutOnce({ name, actor, key, authorization, input }: KeyedRequest, work: () => Promise<unknown>): Promise<unknown> {
  const rule = kept[name];
  if (!rule || !actor.token) throw new Error(`Nothing says what is kept of ${name}.`);
  if (!/^[\x21-\x7e]{1,200}$/.test(key)) throw new AnyonError('invalid', 'An Idempotency-Key has 1 to 200 letters, digits and signs.');
  const claim: RequestClaim = { tokenId: actor.token.id, key, requestMac: macOfRequest(authorization, [name, input]) };
  const before = await claimRequest(claim);
  // What a token has begun it may see once more, also when it may see nothing else.
  const asReader: Actor = { ...actor, token: { ...actor.token, scopes: [...actor.token.scopes, 'read'] } };
  if (before) return rule.answer(before, (procedure, about) => callProcedure(asReader, procedure, about));
  try {
    const answer = await work();
    await finishRequest(claim, rule.ids(answer as Began));
    return answer;
  } catch (error) {
    if (problemOf(error, name, key).kind !== 'internal') await forgetRequest(claim); // else it may have begun after all
    throw error;
  }
}
