import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { eq } from 'drizzle-orm';
import superjson from 'superjson';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { alertChannelRows, claudeConnections, gitHubConnections, runs, secretUses } from '@/db/schema';
import { closeSender } from '@/server/queue/queue';
import { secretNeedles } from '@/server/secrets/mask-needles';
import { putSecret, revealSecret } from '@/server/secrets/vault';
import { handleTrpcRequest } from '@/server/trpc/http-handler';
import { appRouter } from '@/server/trpc/router';
import { signedInPerson, workspaceWithRun, type SignedIn } from '@/tests/setup/test-people';
import { PUBLIC_URL, startSignIn, type SignInBench } from '@/tests/setup/test-sign-in';

interface Procedure {
  _def: { type: 'query' | 'mutation' | 'subscription'; inputs: unknown[] };
}
const queries = Object.entries(appRouter._def.procedures as unknown as Record<string, Procedure>).filter(([, { _def }]) => _def.type === 'query');

let bench: SignInBench;
let directory: string;
let owner: SignedIn;
let admin: SignedIn;
/** What required fields of inputs are filled with, by name. */
let known: Record<string, unknown>;

beforeAll(async () => {
  directory = mkdtempSync(path.join(os.tmpdir(), 'anyon-no-values-'));
  bench = await startSignIn({ ANYON_DATA_DIR: directory, ANYON_INSTANCE: 'novalues', ANYON_GITHUB_URL: 'http://127.0.0.1:9', ANYON_GITHUB_API_URL: 'http://127.0.0.1:9' });
  owner = await signedInPerson(bench.database, 'owner');
  admin = await signedInPerson(bench.database, 'admin', 'admin');
  const ids = await workspaceWithRun(bench.database, owner.actor);
  known = { ...ids, workspaceIds: [ids.workspaceId], memoryBytes: 1024 ** 3, fullName: 'owner/repository', cloneUrl: 'http://127.0.0.1:9/owner/repository.git', fileId: 'a'.repeat(40), against: 'run', what: 'patch', pattern: '0 7 * * *', timezone: 'UTC', stream: 'out', from: 1, count: 10, offset: 0, kind: 'logs', keepDays: 30, maxBytes: null };
});
afterAll(async () => {
  await closeSender();
  await bench.close();
  rmSync(directory, { recursive: true, force: true });
});

/** A right input, of required fields alone. Throws at a field this test knows nothing of: name it above. */
function inputOf(name: string, schemas: readonly unknown[]): unknown {
  const fields = schemas.flatMap((schema) => (schema instanceof z.ZodObject ? Object.entries(schema.shape as Record<string, z.ZodType>) : []));
  if (fields.length === 0) return undefined;
  const required = fields.filter(([, field]) => !field.safeParse(undefined).success);
  return Object.fromEntries(
    required.map(([field]) => {
      if (!(field in known)) throw new Error(`${name} wants the field ${field}. Give it a value in this test.`);
      return [field, known[field]];
    }),
  );
}

async function ask(name: string, input: unknown, { cookie }: SignedIn): Promise<string> {
  const url = `${PUBLIC_URL}/api/trpc/${name}?input=${encodeURIComponent(JSON.stringify(superjson.serialize(input)))}`;
  return (await handleTrpcRequest(new Request(url, { headers: { host: 'localhost:3000', cookie } }))).text();
}

async function change(name: string, input: unknown, { cookie }: SignedIn): Promise<string> {
  const headers = { host: 'localhost:3000', cookie, origin: PUBLIC_URL, 'content-type': 'application/json' };
  return (await handleTrpcRequest(new Request(`${PUBLIC_URL}/api/trpc/${name}`, { method: 'POST', headers, body: JSON.stringify(superjson.serialize(input)) }))).text();
}

const random = () => randomBytes(24).toString('base64url').replace(/[-_]/g, 'x');

/** A value of every kind, with what hangs on it, held by a live run of the owner's. */
async function plantValues(): Promise<string[]> {
  const { database } = bench;
  const { userId } = owner.actor;
  const values = { custom: random(), github: `ghp_${random()}abcd`, claude: `sk-ant-api03-${random()}`, alert: `https://hooks.slack.com/services/T0/B0/${random()}` };
  const made = await Promise.all(Object.entries(values).map(async ([kind, value]) => [kind, await putSecret(database, { ownerId: kind === 'alert' ? null : userId, kind: kind as keyof typeof values, name: kind === 'custom' ? 'NPM_TOKEN' : kind }, value)] as const));
  const ids = Object.fromEntries(made.map(([kind, { secretId }]) => [kind, secretId]));
  await database.insert(gitHubConnections).values({ userId, secretId: ids['github'] ?? '', status: 'connected', method: 'pat', host: 'github.com', gitHubId: 1, login: 'owner' });
  await database.insert(claudeConnections).values({ userId, secretId: ids['claude'] ?? '', status: 'connected', method: 'api_key' });
  await database.insert(alertChannelRows).values({ channel: 'slack', enabled: true, settings: {}, secretId: ids['alert'] ?? '' });
  await database.update(runs).set({ status: 'running' }).where(eq(runs.id, String(known['runId'])));
  await database.insert(secretUses).values(made.map(([kind, version]) => ({ attempt: `${String(known['runId'])}-1`, ...version, secretName: kind, runId: String(known['runId']), userId })));
  for (const [kind, version] of made) expect(await revealSecret(database, version)).toBe(values[kind as keyof typeof values]);
  return Object.values(values);
}

it('SEC-12 no query answers with a secret, whoever asks, in whatever encoding', async () => {
  const values = await plantValues();
  const typed = `typed-${random()}`;
  const answers = new Map<string, string>();
  for (const [who, person] of Object.entries({ owner, admin })) {
    answers.set(`secrets.set as ${who}`, await change('secrets.set', { name: 'TYPED', value: typed }, person));
    answers.set(`secrets.set again as ${who}`, await change('secrets.set', { name: 'TYPED', value: typed }, person));
    answers.set(`secrets.set refused as ${who}`, await change('secrets.set', { name: 'not a name', value: typed }, person));
    for (const [name, { _def }] of queries) answers.set(`${name} as ${who}`, await ask(name, inputOf(name, _def.inputs), person));
  }
  const all = [...values, typed];
  // Nor a beginning or end of one that would make it guessable, beyond the last four characters.
  const needles = [...secretNeedles(all).map(String), ...all.flatMap((value) => [value.slice(-10), value.slice(-32, -12)])];
  const hits = [...answers].filter(([, text]) => needles.some((needle) => text.includes(needle))).map(([name]) => name);
  expect(hits).toEqual([]);
  // Or there would be nothing to find: what is planted is on these very answers.
  expect(answers.get('secrets.list as owner')).toContain(`"lastFour":"${values[0]?.slice(-4)}"`);
  expect(answers.get('secrets.set as owner')).toContain('"name":"TYPED"');
  expect([...answers].filter(([, text]) => /"kind":"(unauthenticated|invalid)"/.test(text)).map(([name]) => name)).toEqual(['secrets.set refused as owner', 'secrets.set refused as admin']);
  expect([...answers.values()].filter((text) => text.includes('"result"')).length).toBeGreaterThan(queries.length);
});

it('SEC-12 would find one', () => {
  const value = random();
  const needles = secretNeedles([value]).map(String);
  for (const text of [value, Buffer.from(`x:${value}`).toString('base64'), encodeURIComponent(value)]) expect(needles.some((needle) => JSON.stringify({ text }).includes(needle))).toBe(true);
});
