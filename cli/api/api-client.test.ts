import { describe, expect, it } from 'vitest';
import { ApiClient } from '@/cli/api/api-client';

interface Seen {
  url: string;
  init: RequestInit & { headers: Record<string, string> };
}

/** A server that answers in this order, and what it was asked. An error is a connection that broke. */
function answering(...answers: (Response | Error)[]): { client: ApiClient; seen: Seen[] } {
  const seen: Seen[] = [];
  const fetchInstead = (async (url: URL, init: Seen['init']) => {
    seen.push({ url: url.href, init });
    const answer = answers.shift() ?? new Error('No answer is left.');
    if (answer instanceof Error) throw answer;
    return answer;
  }) as unknown as typeof fetch;
  return { client: new ApiClient({ url: 'https://anyon.example.com', token: 'anyon_t', fetch: fetchInstead, firstPauseMs: 1 }), seen };
}

const run = { runId: '0197f0aa-0000-7000-8000-000000000001' };
const problem = (status: number, body: object): Response => Response.json(body, { status, headers: { 'content-type': 'application/problem+json' } });

describe('the client of the public API', () => {
  it('makes an address and a body out of the table of the contract', async () => {
    const { client, seen } = answering(Response.json({ items: [], next: null }), Response.json({}));
    await client.call('listRuns', { workspaceId: 'a b/c', limit: 5, archived: true });
    await client.call('startRun', { workspaceId: run.runId, prompt: 'Do it' });
    expect(seen.map(({ url }) => url)).toEqual(['https://anyon.example.com/api/v1/workspaces/a%20b%2Fc/runs?limit=5&archived=true', `https://anyon.example.com/api/v1/workspaces/${run.runId}/runs`]);
    expect(seen[1]?.init).toMatchObject({ method: 'POST', body: '{"prompt":"Do it"}', redirect: 'manual', headers: { Authorization: 'Bearer anyon_t' } });
  });

  it('asks again while the server is away, with the same key where it starts something', async () => {
    const { client, seen } = answering(new TypeError('fetch failed'), problem(503, { kind: 'unavailable', detail: 'A moment.' }), Response.json({ id: 'x' }));
    expect(await client.call('startRun', { workspaceId: run.runId, prompt: 'Do it' })).toEqual({ id: 'x' });
    const keys = seen.map(({ init }) => init.headers['Idempotency-Key']);
    expect(keys).toEqual([keys[0], keys[0], keys[0]]);
    expect(keys[0]).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('does not repeat what may not be repeated, nor what was refused', async () => {
    const away = answering(new TypeError('fetch failed'));
    await expect(away.client.call('stopRun', run)).rejects.toMatchObject({ kind: 'unavailable' });
    expect(away.seen).toHaveLength(1);
    const refused = answering(problem(409, { kind: 'conflict', detail: 'It is being stopped.' }));
    await expect(refused.client.call('getRun', run)).rejects.toMatchObject({ kind: 'conflict', message: 'It is being stopped.' });
    expect(refused.seen).toHaveLength(1);
  });

  it('says what was wrong with each field', async () => {
    const { client } = answering(problem(400, { kind: 'invalid', detail: 'The input is wrong.', fields: { prompt: ['Say what Claude should do.'] } }));
    await expect(client.call('startRun', { workspaceId: run.runId, prompt: '' })).rejects.toThrow('The input is wrong.\n  prompt: Say what Claude should do.');
  });

  it('SEC-01 takes its token nowhere else', async () => {
    const { client, seen } = answering(new Response(null, { status: 302, headers: { location: 'https://elsewhere.example.com/' } }));
    await expect(client.call('getRun', run)).rejects.toThrow('redirects to https://elsewhere.example.com/');
    expect(seen).toHaveLength(1);
  });

  it('tells the words of somebody in between from Anyon’s', async () => {
    await expect(answering(new Response('<html>502</html>', { status: 502 })).client.call('stopRun', run)).rejects.toThrow('answered with 502, which is not Anyon’s word');
    await expect(answering(new Response('<html>Welcome</html>')).client.call('getRun', run)).rejects.toMatchObject({ kind: 'internal' });
  });
});
