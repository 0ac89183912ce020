import { randomUUID } from 'node:crypto';
import superjson from 'superjson';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { workspaces } from '@/db/schema';
import { appRouter } from '@/server/trpc/router';
import { handleTrpcRequest } from '@/server/trpc/http-handler';
import { signedInPerson, type SignedIn } from '@/tests/setup/test-people';
import { PUBLIC_URL, startSignIn, type SignInBench } from '@/tests/setup/test-sign-in';

/** Requests that no page of ours would send, from somebody who is signed in. Each is refused quickly and changes nothing. */
let bench: SignInBench;
let ada: SignedIn;

beforeAll(async () => {
  bench = await startSignIn({});
  ada = await signedInPerson(bench.database, 'ada');
});
afterAll(() => bench.close());

function post(name: string, body: string, headers: Record<string, string> = {}): Promise<Response> {
  return handleTrpcRequest(new Request(`${PUBLIC_URL}/api/trpc/${name}`, { method: 'POST', body, headers: { cookie: ada.cookie, origin: PUBLIC_URL, 'content-type': 'application/json', ...headers } }));
}

async function quickly(answer: Promise<Response>): Promise<{ status: number; text: string }> {
  const began = performance.now();
  const response = await answer;
  const text = await response.text();
  expect(performance.now() - began).toBeLessThan(1_000);
  return { status: response.status, text };
}

/** Those that take something. */
const mutations = Object.entries(appRouter._def.procedures as unknown as Record<string, { _def: { type: string; inputs: unknown[] } }>).flatMap(([name, { _def }]) => (_def.type === 'mutation' && _def.inputs.length > 0 ? [name] : []));

describe('WEB-15 a request that is too much', () => {
  it('is refused: more than twenty calls in one', async () => {
    const names = Array.from({ length: 21 }, () => 'workspaces.list').join(',');
    const answer = await quickly(handleTrpcRequest(new Request(`${PUBLIC_URL}/api/trpc/${names}?batch=1&input=%7B%7D`, { headers: { cookie: ada.cookie } })));
    expect(answer.status).toBe(400);
  });

  it('is refused: JSON that is a hundred thousand levels deep', async () => {
    const deep = `{"json":${'['.repeat(100_000)}${']'.repeat(100_000)}}`;
    for (const name of ['runs.start', 'workspaces.create']) expect((await quickly(post(name, deep))).status).toBe(400);
  });

  it('is refused: a body of more than two MiB, whatever it says of its length', async () => {
    expect((await quickly(post('runs.start', JSON.stringify({ json: { prompt: 'x'.repeat(2 * 1024 * 1024) } })))).status).toBe(413);
    expect((await quickly(post('runs.start', 'x'.repeat(2 * 1024 * 1024 + 1), { 'content-length': '10' }))).status).toBe(413);
  });

  it('is refused: what is no JSON, no object, or nothing', async () => {
    for (const body of ['', 'null', '[]', '"text"', '{', '{"json":', '\u0000', '{"json":{"workspaceId":{"toString":1}}}']) expect((await quickly(post('runs.start', body))).status).toBe(400);
  });
});

describe('WEB-22 names that reach for the prototype', () => {
  const polluted = () => ({}) as Record<string, unknown>;
  const tricks = [
    '{"json":{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}}',
    '{"json":{"workspaceId":"x","__proto__":{"role":"admin","polluted":1}}}',
    '{"json":{"a":1},"meta":{"values":{"__proto__.polluted":["Date"],"constructor.prototype.polluted":["Date"]}}}',
    '{"json":{"a":"1"},"meta":{"values":{"a":[["custom","polluted"]]},"referentialEqualities":{"a":["__proto__.polluted"]}}}',
    '{"0":{"json":{"__proto__":{"polluted":1}}},"__proto__":{"json":{"polluted":1}}}',
  ];

  it('change nothing, in whichever procedure they are sent', async () => {
    for (const name of mutations) {
      for (const trick of tricks) {
        const { status, text } = await quickly(post(name, trick));
        expect(status, name).toBeGreaterThanOrEqual(400);
        expect(text, name).not.toContain('Sign in to go on.');
        expect(polluted()['polluted'], name).toBeUndefined();
      }
    }
  });

  it('and fields that a procedure does not know are not written', async () => {
    const body = JSON.stringify(superjson.serialize({ repositoryUrl: 'https://github.com/owner/repository', name: 'Mine', ownerId: randomUUID(), status: 'running', containerId: 'x', fence: 9 }));
    expect((await post('workspaces.create', body)).status).toBe(200);
    expect(await bench.database.select().from(workspaces)).toMatchObject([{ name: 'Mine', ownerId: ada.actor.userId, status: 'creating', containerId: null, fence: 1 }]);
  });
});

describe('WEB-20 an answer to what went wrong', () => {
  it('holds no path, no SQL and no line of a program', async () => {
    for (const name of mutations) {
      const { text } = await quickly(post(name, '{"json":{"workspaceId":"\\u001b[31m\\r\\n\' or 1=1 --"}}'));
      expect(text, name).not.toMatch(/node_modules|at \w+ \(|\/server\/|select .* from|insert into|\.ts:\d/i);
    }
  });
});
