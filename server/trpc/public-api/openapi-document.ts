import { z } from 'zod';
import { batchViewSchema, batchWithItemsSchema } from '@/contract/batch';
import { errorKinds } from '@/contract/error-kind';
import { followUpQueueSchema } from '@/contract/follow-up';
import { publicEndpoints, type PublicEndpointName } from '@/contract/public-api';
import { PUBLIC_API_BASE, type PublicEndpoint } from '@/contract/public-api-endpoint';
import { conversationPageSchema, runDiffSchema, runLogEventSchema, tokenHolderSchema } from '@/contract/public-api-shapes';
import { questionViewSchema } from '@/contract/question';
import { runViewSchema } from '@/contract/run';
import { variantGroupSchema } from '@/contract/variant';
import { workspaceViewSchema } from '@/contract/workspace';
import { jsonSchemaOf, schemasByName, type JsonSchema } from '@/server/trpc/public-api/json-schema';

/** What is answered, by the names that the description gives it. */
const named = schemasByName({
  Workspace: workspaceViewSchema, Run: runViewSchema, RunDiff: runDiffSchema, RunLogEvent: runLogEventSchema, ConversationPage: conversationPageSchema, Question: questionViewSchema, FollowUpQueue: followUpQueueSchema,
  VariantGroup: variantGroupSchema, Batch: batchViewSchema, BatchWithItems: batchWithItemsSchema, TokenHolder: tokenHolderSchema,
});

interface Operation {
  operationId: string;
  summary: string;
  description: string;
  tags: string[];
  security: { token: string[] }[];
  parameters: { name: string; in: string; required: boolean; description?: string; schema: JsonSchema }[];
  requestBody?: { required: boolean; content: { 'application/json': { schema: JsonSchema } } };
  responses: Record<string, unknown>;
}

/** The description of the public API (OpenAPI 3.1), made from the table of its endpoints and the schemas that they are held to. */
export interface OpenApiDocument {
  openapi: '3.1.0';
  info: { title: string; version: string; description: string };
  servers: { url: string }[];
  tags: { name: string }[];
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, JsonSchema>; securitySchemes: Record<string, unknown> };
}

const idempotencyKey = { name: 'Idempotency-Key', in: 'header', required: false, description: 'Any text of your own: for a day, the same request with the same key and token is carried out once and answered alike.', schema: { type: 'string', minLength: 1, maxLength: 200 } };
const range = { name: 'Range', in: 'header', required: false, description: 'One range of bytes, such as bytes=1024-.', schema: { type: 'string' } };
const lastEventId = { name: 'Last-Event-ID', in: 'header', required: false, description: 'Where to go on after a broken connection: the id of the last event.', schema: { type: 'string' } };

export function openApiDocument(publicUrl: string): OpenApiDocument {
  const paths: OpenApiDocument['paths'] = {};
  for (const [name, endpoint] of Object.entries(publicEndpoints) as [PublicEndpointName, PublicEndpoint][]) (paths[endpoint.path] ??= {})[endpoint.method.toLowerCase()] = operationOf(name, endpoint);
  return {
    openapi: '3.1.0',
    info: { title: 'Anyon', version: '1', description: 'Workspaces and runs of Anyon for programs. Sent and answered is JSON, with dates in ISO 8601 (UTC); refusals are problems (RFC 9457). All text of a run is what a program wrote: masked, and not to be trusted.' },
    servers: [{ url: `${publicUrl}${PUBLIC_API_BASE}` }],
    tags: [...new Set(Object.values(paths).flatMap((operations) => Object.values(operations).flatMap(({ tags }) => tags)))].map((name) => ({ name })),
    paths,
    components: { schemas: { ...named.schemas, Problem: problem }, securitySchemes: { token: { type: 'http', scheme: 'bearer', description: 'An API token (anyon_…) from Settings → API tokens. Each operation names the scope that it needs.' } } },
  };
}

const problem: JsonSchema = {
  type: 'object',
  properties: { title: { type: 'string' }, status: { type: 'integer' }, detail: { type: 'string', description: 'A sentence that a person can act on.' }, kind: { type: 'string', enum: [...errorKinds] }, fields: { type: 'object', description: 'Complaints by field.', additionalProperties: { type: 'array', items: { type: 'string' } } }, requestId: { type: 'string' } },
  required: ['title', 'status', 'detail', 'kind', 'requestId'],
};

function operationOf(name: PublicEndpointName, endpoint: PublicEndpoint): Operation {
  const inAddress = [...endpoint.path.matchAll(/\{(\w+)\}/g)].map(([, parameter = '']) => parameter);
  const { properties = {}, required = [] } = jsonSchemaOf(endpoint.input, 'input');
  const rest = Object.entries(properties).filter(([field]) => !inAddress.includes(field));
  const inQuery = endpoint.method === 'POST' ? [] : rest;
  const needed = required.filter((field) => !inAddress.includes(field));
  const headers = [...(endpoint.idempotent ? [idempotencyKey] : []), ...(endpoint.answers === 'bytes' ? [range] : []), ...(endpoint.answers === 'events' ? [lastEventId] : [])];
  return {
    operationId: name,
    summary: endpoint.summary,
    description: [endpoint.description, endpoint.scope === null ? 'Any token.' : `Scope: ${endpoint.scope}.`].filter(Boolean).join(' '),
    tags: [tagOf(endpoint)],
    security: [{ token: [] }],
    parameters: [
      ...inAddress.map((field) => ({ name: field, in: 'path', required: true, schema: properties[field] ?? {} })),
      ...inQuery.map(([field, schema]) => ({ name: field, in: 'query', required: needed.includes(field), schema })),
      ...headers,
    ],
    ...(endpoint.method === 'POST' && rest.length > 0 && { requestBody: { required: needed.length > 0, content: { 'application/json': { schema: { type: 'object', properties: Object.fromEntries(rest), ...(needed.length > 0 && { required: needed }), additionalProperties: false } } } } }),
    responses: { ...answersOf(endpoint), default: { description: 'A refusal', content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } } } },
  };
}

function answersOf({ answers, output, status }: PublicEndpoint): Record<string, unknown> {
  if (answers === 'bytes') {
    const content = { 'text/plain': { schema: { type: 'string' } } };
    return { 200: { description: 'The whole log', content }, 206: { description: 'The range', content }, 416: { description: 'Nothing is there yet' } };
  }
  const schema = outputOf(output);
  const page = { type: 'object', properties: { items: { type: 'array', items: schema }, next: { type: ['string', 'null'], description: 'Ask on with it as `after`; null at the end.' } }, required: ['items', 'next'] };
  if (answers === 'events') return { 200: { description: 'Server-sent events. The data of each is JSON as here; an event `problem` says why the stream ends.', content: { 'text/event-stream': { schema } } } };
  return { [status ?? 200]: { description: 'Done', content: { 'application/json': { schema: answers === 'page' ? page : schema } } } };
}

function outputOf(output: z.ZodType): JsonSchema {
  const name = named.nameOf(output);
  if (name) return { $ref: `#/components/schemas/${name}` };
  if (output instanceof z.ZodArray) return { type: 'array', items: outputOf(output.element as z.ZodType) };
  return jsonSchemaOf(output, 'output');
}

function tagOf({ path }: PublicEndpoint): string {
  if (path === '/me') return 'Token';
  if (path.startsWith('/batches')) return 'Batches';
  if (/variants/.test(path)) return 'Variants';
  if (/\/(log|conversation)/.test(path)) return 'Logs and conversations';
  if (/\/(questions|follow-ups)/.test(path)) return 'Steering';
  return /runs/.test(path) ? 'Runs' : 'Workspaces';
}
