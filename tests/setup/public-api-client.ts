import { randomUUID } from 'node:crypto';
import { uuidv7 } from 'uuidv7';
import type { Actor } from '@/contract/actor';
import { tokenScopes, type TokenScope } from '@/contract/api-token';
import { publicEndpoints, type PublicEndpointName } from '@/contract/public-api';
import { PUBLIC_API_BASE, type PublicEndpoint, type PublicProblem } from '@/contract/public-api-endpoint';
import { createToken } from '@/server/people/api-tokens/create-token';
import { handlePublicRequest } from '@/server/trpc/public-api/handle-request';
import type { RightIds } from '@/tests/setup/right-inputs';
import { PUBLIC_URL } from '@/tests/setup/test-sign-in';

export const allEndpoints = Object.entries(publicEndpoints) as [PublicEndpointName, PublicEndpoint][];

/** A right request for every endpoint, by name: a new endpoint needs its line here, or tests/integration/public-api-walk.test.ts fails. */
export const rightRequests: Record<PublicEndpointName, (ids: RightIds) => Record<string, unknown>> = {
  getTokenHolder: () => ({}),
  listWorkspaces: () => ({ limit: 10 }),
  createWorkspace: () => ({ repositoryUrl: 'https://github.com/owner/repository' }),
  getWorkspace: ({ workspaceId }) => ({ workspaceId }),
  startWorkspace: ({ workspaceId }) => ({ workspaceId }),
  stopWorkspace: ({ workspaceId }) => ({ workspaceId }),
  restartWorkspace: ({ workspaceId }) => ({ workspaceId }),
  deleteWorkspace: ({ workspaceId }) => ({ workspaceId }),
  listBatches: () => ({}),
  startBatch: ({ workspaceId }) => ({ action: 'stop', selection: { workspaceIds: [workspaceId] } }),
  getBatch: ({ batchId }) => ({ batchId }),
  stopBatch: ({ batchId }) => ({ batchId }),
  listRuns: ({ workspaceId }) => ({ workspaceId, limit: 10, archived: true }),
  startRun: ({ workspaceId }) => ({ workspaceId, prompt: 'Hello' }),
  getRun: ({ runId }) => ({ runId }),
  stopRun: ({ runId }) => ({ runId }),
  resumeRun: ({ runId }) => ({ runId }),
  getDiff: ({ runId }) => ({ runId, against: 'run' }),
  getLog: ({ runId }) => ({ runId, stream: 'out' }),
  followLog: ({ runId }) => ({ runId, outFrom: 0 }),
  getConversation: ({ runId }) => ({ runId, limit: 10 }),
  followConversation: ({ runId }) => ({ runId }),
  listQuestions: ({ runId }) => ({ runId }),
  answerQuestion: ({ runId }) => ({ runId, questionId: randomUUID(), answer: { kind: 'allow' } }),
  listFollowUps: ({ runId }) => ({ runId }),
  addFollowUp: ({ runId }) => ({ runId, prompt: 'And then this' }),
  cancelFollowUp: ({ runId }) => ({ runId, followUpId: randomUUID() }),
  startVariants: ({ workspaceId }) => ({ workspaceId, prompt: 'Say hello', models: [null, null] }),
  getVariants: ({ groupId }) => ({ groupId }),
};

/** A token of a person, as their browser would be shown it. */
export async function tokenOf(actor: Actor, scopes: readonly TokenScope[] = tokenScopes): Promise<{ id: string; value: string }> {
  const { token, value } = await createToken(actor, { name: `For a test ${uuidv7()}`, scopes: [...scopes], expiresInDays: 1 });
  return { id: token.id, value };
}

/** The request that a client of the API would send. */
export function requestFor(name: PublicEndpointName, fields: Record<string, unknown>, headers: Record<string, string> = {}, signal?: AbortSignal): Request {
  const { method, path } = publicEndpoints[name] as PublicEndpoint;
  const rest = { ...fields };
  const place = path.replaceAll(/\{(\w+)\}/g, (_, field: string) => {
    delete rest[field];
    return encodeURIComponent(String(fields[field]));
  });
  const url = new URL(`${PUBLIC_URL}${PUBLIC_API_BASE}${place}`);
  if (method !== 'POST') for (const [field, value] of Object.entries(rest)) url.searchParams.set(field, String(value));
  const body = method === 'POST' ? { body: JSON.stringify(rest) } : {};
  return new Request(url, { method, headers: { ...(method === 'POST' && { 'content-type': 'application/json' }), ...headers }, ...body, ...(signal && { signal }) });
}

export interface Answered {
  status: number;
  /** `ok`, or the kind of the problem. */
  kind: string;
  body: unknown;
  text: string;
  headers: Headers;
}

/** Asks with a token and reads the answer; of a stream only that it began. */
export async function ask(name: PublicEndpointName, fields: Record<string, unknown>, token: string | null, headers: Record<string, string> = {}): Promise<Answered> {
  const leave = new AbortController();
  const response = await handlePublicRequest(requestFor(name, fields, { ...(token && { authorization: `Bearer ${token}` }), ...headers }, leave.signal));
  const type = response.headers.get('content-type') ?? '';
  if (type.startsWith('text/event-stream')) {
    await response.body?.cancel();
    return { status: response.status, kind: 'ok', body: null, text: '', headers: response.headers };
  }
  const text = await response.text();
  const body: unknown = type.includes('json') ? JSON.parse(text) : text;
  return { status: response.status, kind: type.startsWith('application/problem+json') ? (body as PublicProblem).kind : 'ok', body, text, headers: response.headers };
}
