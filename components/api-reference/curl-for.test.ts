import { describe, expect, it } from 'vitest';
import { curlFor, exampleOf } from '@/components/api-reference/curl-for';
import type { ShownOperation } from '@/components/api-reference/operations-by-tag';
import { typeInWords } from '@/components/api-reference/type-in-words';

const common = { operationId: 'x', summary: '', description: '', tags: [], security: [], parameters: [], responses: {} } satisfies Partial<ShownOperation>;
const base = 'https://anyon.example.com/api/v1';

describe('the API reference', () => {
  it('says with curl how to ask', () => {
    const schema = { type: 'object', properties: { prompt: { type: 'string' }, model: { type: 'string' } }, required: ['prompt'] };
    const start: ShownOperation = { ...common, method: 'POST', path: '/workspaces/{workspaceId}/runs', parameters: [{ name: 'Idempotency-Key', in: 'header', required: false, schema: {} }], requestBody: { required: true, content: { 'application/json': { schema } } } };
    expect(curlFor(start, base)).toBe(
      [`curl -X POST "${base}/workspaces/$WORKSPACE_ID/runs"`, '-H "Authorization: Bearer $ANYON_TOKEN"', '-H "Idempotency-Key: $(uuidgen)"', `-H 'Content-Type: application/json'`, `-d '{"prompt":"…"}'`].join(' \\\n  '),
    );
    const follow: ShownOperation = { ...common, method: 'GET', path: '/runs/{runId}/log/follow', responses: { 200: { content: { 'text/event-stream': {} } } } };
    expect(curlFor(follow, base)).toMatch(/^curl -N "https:\/\/anyon\.example\.com\/api\/v1\/runs\/\$RUN_ID\/log\/follow"/);
  });

  it('gives the least that a schema takes as an example', () => {
    expect(exampleOf({ type: 'array', minItems: 2, items: { anyOf: [{ type: 'string' }, { type: 'null' }] } })).toEqual(['…', '…']);
    expect(exampleOf({ oneOf: [{ type: 'object', properties: { kind: { const: 'allow' }, always: { type: 'boolean' } }, required: ['kind'] }] })).toEqual({ kind: 'allow' });
    expect(exampleOf({ type: 'object', properties: { action: { enum: ['start', 'stop'] }, many: { type: 'integer', minimum: 2 } }, required: ['action', 'many'] })).toEqual({ action: 'start', many: 2 });
  });

  it('names types in words', () => {
    expect(typeInWords({ type: 'string', format: 'uuid' })).toBe('id');
    expect(typeInWords({ anyOf: [{ type: 'string', format: 'date-time' }, { type: 'null' }] })).toBe('date and time or null');
    expect(typeInWords({ type: 'array', items: { $ref: '#/components/schemas/Run' } })).toBe('list of Run');
    expect(typeInWords({ oneOf: [{ properties: { end: { const: false }, from: {} } }, { properties: { end: { const: true } } }] })).toBe('{end: false, from} or {end: true}');
    expect(typeInWords({})).toBe('anything');
  });
});
