import { randomBytes } from 'node:crypto';
import { asc, gt } from 'drizzle-orm';
import type { Actor } from '@/contract/actor';
import type { Database } from '@/db/client';
import { auditEvents } from '@/db/schema';
import { answerAuthRequest } from '@/server/auth/auth-route';
import { findActor } from '@/server/auth/actor';
import { createTestDatabase, type TestDatabase } from '@/tests/setup/test-database';
import { changeEnvironment } from '@/tests/setup/test-environment';
import { type Answer, TestBrowser } from '@/tests/setup/test-browser';
import { rawDatabase } from '@/server/database';

export const PUBLIC_URL = 'http://localhost:3000';

export interface SignInBench {
  url: string;
  database: Database;
  testDatabase: TestDatabase;
  close: () => Promise<void>;
}

/** The sign-in of the product in this process, on a database of its own. Once per test file: the pool is the process's. */
export async function startSignIn(environment: Record<string, string> = {}): Promise<SignInBench> {
  const testDatabase = await createTestDatabase();
  changeEnvironment({
    NODE_ENV: 'test',
    ANYON_LOG_LEVEL: 'silent',
    ANYON_URL: PUBLIC_URL,
    AUTH_SECRET: 'a-secret-of-more-than-thirty-two-characters',
    ANYON_SECRET_KEY: randomBytes(32).toString('base64'),
    DATABASE_URL: testDatabase.url,
    ...environment,
  });
  return {
    url: testDatabase.url,
    database: testDatabase.database,
    testDatabase,
    async close() {
      await rawDatabase().end({ timeout: 1 });
      await testDatabase.drop();
    },
  };
}

export function newBrowser(origin = PUBLIC_URL): TestBrowser {
  return new TestBrowser(origin, answerAuthRequest);
}

/** Who the product takes the browser's next request to be from. */
export function actorOf(browser: TestBrowser): Promise<Actor | null> {
  return findActor(new Headers({ cookie: browser.cookie }));
}

/** Posts a form of Auth.js's with the token that shows it was asked for by its own page. */
export async function post(browser: TestBrowser, path: string, form: Record<string, string> = {}): Promise<Answer> {
  const { csrfToken } = JSON.parse((await browser.open('/api/auth/csrf')).text) as { csrfToken: string };
  return browser.open(path, { ...form, csrfToken });
}

/** Sends the one-time token and returns the address the browser ends at. */
export async function sendSetupToken(browser: TestBrowser, token: string): Promise<URL> {
  return browser.follow(await post(browser, '/api/auth/callback/setup-token', { token }));
}

/** Goes to GitHub, says yes there, and comes back; returns the address the browser ends at. */
export async function signInWithGitHub(browser: TestBrowser): Promise<URL> {
  return browser.follow(await post(browser, '/api/auth/signin/github', { callbackUrl: '/' }));
}

/** What was written down after a moment, named by an id made then (uuidv7): rows of the audit log cannot be removed between tests. */
export function auditSince(bench: SignInBench, mark: string): Promise<(typeof auditEvents.$inferSelect)[]> {
  return bench.database.select().from(auditEvents).where(gt(auditEvents.id, mark)).orderBy(asc(auditEvents.id));
}
