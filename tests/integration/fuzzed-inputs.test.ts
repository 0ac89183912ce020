import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import superjson from 'superjson';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { closeSender } from '@/server/queue/queue';
import { handleTrpcRequest } from '@/server/trpc/http-handler';
import { appRouter } from '@/server/trpc/router';
import { freePort } from '@/tests/setup/free-ports';
import { fuzzSeed, holdsFor } from '@/tests/setup/fuzzing';
import { nearly, strangeValue } from '@/tests/setup/hostile-bytes';
import { rightInputs, type RightIds } from '@/tests/setup/right-inputs';
import { signedInPerson, workspaceWithRun, type SignedIn } from '@/tests/setup/test-people';
import { PUBLIC_URL, startSignIn, type SignInBench } from '@/tests/setup/test-sign-in';

/**
 * Every procedure with nearly right inputs, from somebody who is signed in: each answers with a result or a refusal in words, never with a failure of
 * its own, and soon. What an input would set off elsewhere leads nowhere: no engine, no worker, and addresses at which nobody listens.
 */
interface Procedure {
  _def: { type: 'query' | 'mutation' | 'subscription'; inputs: unknown[] };
}
const procedures = Object.entries(appRouter._def.procedures as unknown as Record<string, Procedure>).flatMap(([name, { _def }]) => (_def.inputs.length > 0 ? [{ name, type: _def.type }] : []));
const ANSWERED_WITHIN_MS = 20_000;
const insides = /node_modules|\bat \w+ \(|\/server\/|\bselect .* from\b|insert into|\.ts:\d|postgres|drizzle|\bECONN|SQLSTATE/i;

let bench: SignInBench;
let directory: string;
let admin: SignedIn;
let ids: RightIds;

beforeAll(async () => {
  directory = mkdtempSync(path.join(os.tmpdir(), 'anyon-fuzzed-'));
  const nowhere = `http://127.0.0.1:${await freePort()}`;
  bench = await startSignIn({ ANYON_DATA_DIR: directory, ANYON_TEMP_DIR: path.join(directory, 'tmp'), ANYON_INSTANCE: 'fuzzed', DOCKER_HOST: `unix://${directory}/no-engine.sock`, ANYON_GITHUB_URL: nowhere, ANYON_GITHUB_API_URL: nowhere });
  admin = await signedInPerson(bench.database, 'ada', 'admin');
  ids = await workspaceWithRun(bench.database, admin.actor);
});
afterAll(async () => {
  await closeSender();
  await bench.close();
  rmSync(directory, { recursive: true, force: true });
});

async function ask({ name, type }: (typeof procedures)[number], input: unknown, cookie: string): Promise<{ status: number; text: string }> {
  const payload = onTheWire(input);
  const url = `${PUBLIC_URL}/api/trpc/${name}`;
  const headers = { host: 'localhost:3000', cookie };
  const leave = AbortSignal.timeout(ANSWERED_WITHIN_MS);
  if (type === 'mutation') {
    const response = await handleTrpcRequest(new Request(url, { method: 'POST', headers: { ...headers, origin: PUBLIC_URL, 'content-type': 'application/json' }, body: payload, signal: leave }));
    return { status: response.status, text: await response.text() };
  }
  const response = await handleTrpcRequest(new Request(`${url}?input=${encodeURIComponent(payload)}`, { headers, signal: leave }));
  if (!response.headers.get('content-type')?.startsWith('text/event-stream')) return { status: response.status, text: await response.text() };
  return { status: response.status, text: await beginningOf(response) };
}

/** As a page sends it; what a page's library will not send, because of names that reach for the prototype, as a program of somebody's own would. */
function onTheWire(input: unknown): string {
  try {
    return superjson.stringify(input);
  } catch {
    return JSON.stringify({ json: input });
  }
}

/** A stream that was let in goes on for ever: its beginning counts. */
async function beginningOf(response: Response): Promise<string> {
  const reader = response.body?.getReader();
  const first = await reader?.read();
  await reader?.cancel();
  return Buffer.from((first?.value as Uint8Array | undefined) ?? []).toString();
}

/** A refusal for want of something that is not there in this test, told from a failure of the procedure itself. */
const mayBeUnavailable = /"kind":"(?:unavailable|precondition|conflict|limit_reached|gone)"/;

async function answers(procedure: (typeof procedures)[number], input: unknown, person: SignedIn): Promise<void> {
  const { status, text } = await ask(procedure, input, person.cookie);
  const said = `${procedure.name} with ${JSON.stringify(input)} (seed ${fuzzSeed}): ${text.slice(0, 500)}`;
  if (status >= 500) expect(text, said).toMatch(mayBeUnavailable);
  if (status >= 400) expect(text, said).not.toMatch(insides);
}

/** The input with each of its texts and numbers in turn replaced by what no column and no program likes. */
function hardOnes(input: unknown): unknown[] {
  const copies: unknown[] = [];
  const walk = (value: unknown, place: readonly string[]) => {
    const others = typeof value === 'string' ? ['a\0b', 'a\ud800b', `${value}\0`] : typeof value === 'number' ? [2 ** 53, 0.5, -1, 1e300] : [];
    for (const other of others) copies.push(withAt(input, place, other));
    if (typeof value === 'object' && value !== null) for (const [key, held] of Object.entries(value)) walk(held, [...place, key]);
  };
  walk(input, []);
  return copies;
}

function withAt(value: unknown, [key, ...rest]: readonly string[], other: unknown): unknown {
  if (key === undefined) return other;
  const copy = structuredClone(value) as Record<string, unknown>;
  copy[key] = withAt(copy[key], rest, other);
  return copy;
}

it.each(procedures)('WEB-20 $name answers whatever it is given', async (procedure) => {
  const right = rightInputs[procedure.name]?.(ids);
  const person = await signedInPerson(bench.database, `ada-${randomUUID()}`, 'admin');
  for (const input of hardOnes(right)) await answers(procedure, input, person);
  const made = fc.oneof({ weight: 4, arbitrary: nearly([right ?? {}]) }, { weight: 1, arbitrary: strangeValue });
  await holdsFor(made, async (input) => answers(procedure, input, await signedInPerson(bench.database, `ada-${randomUUID()}`, 'admin')), 6);
});
