import { randomUUID } from 'node:crypto';
import superjson from 'superjson';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { forgetRates } from '@/server/rate-limits';
import { handleTrpcRequest } from '@/server/trpc/http-handler';
import { signedInPerson } from '@/tests/setup/test-people';
import { PUBLIC_URL, startSignIn, type SignInBench } from '@/tests/setup/test-sign-in';

/** WEB-16: what costs much can be asked for only so often, per person; nobody else notices. */
let bench: SignInBench;

beforeAll(async () => {
  bench = await startSignIn({});
});
beforeEach(() => forgetRates());
afterAll(() => bench.close());

function startRun(cookie: string, headers: Record<string, string> = {}): Promise<Response> {
  const body = JSON.stringify(superjson.serialize({ workspaceId: randomUUID(), prompt: 'Hello' }));
  return handleTrpcRequest(new Request(`${PUBLIC_URL}/api/trpc/runs.start`, { method: 'POST', body, headers: { cookie, origin: PUBLIC_URL, 'content-type': 'application/json', ...headers } }));
}

describe('WEB-16 starting runs', () => {
  it('is refused with the time to wait when one person does it too often, and others are served', async () => {
    const [ada, bob] = await Promise.all([signedInPerson(bench.database, 'ada'), signedInPerson(bench.database, 'bob')]);
    const answers: Response[] = [];
    for (let times = 0; times < 125; times++) answers.push(await startRun(ada.cookie, { 'x-forwarded-for': `203.0.113.${times}` }));
    expect(answers.slice(0, 120).map(({ status }) => status)).toEqual(Array.from({ length: 120 }, () => 404)); // served: there is no such workspace
    const refused = answers.slice(120);
    expect(refused.map(({ status }) => status)).toEqual(Array.from({ length: 5 }, () => 429));
    expect(Number(refused[0]?.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(Number(refused[0]?.headers.get('retry-after'))).toBeLessThanOrEqual(60);
    expect(await refused[0]?.text()).toContain('That was too often. Wait');
    expect((await startRun(bob.cookie)).status).toBe(404);
  });
});
