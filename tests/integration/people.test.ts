import { randomBytes } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Actor } from '@/contract/actor';
import { allowedGitHub, gitHubConnections, sessions, users } from '@/db/schema';
import { findActor, isStillSignedIn } from '@/server/auth/actor';
import { keepGitHubToken } from '@/server/connections/github/connect-github';
import { allow, disallow, listAllowed } from '@/server/people/allowed-list';
import { changeRole, disablePerson, enablePerson, endSessionsOf } from '@/server/people/change-person';
import { confirmMemberships } from '@/server/people/confirm-memberships';
import { endAllSessions, endSession, listOwnSessions } from '@/server/people/own-sessions';
import { listPeople } from '@/server/people/people-queries';
import { openSession } from '@/server/people/sessions';
import { startFakeGitHub, type FakeGitHub } from '@/tests/fakes/fake-github';
import { changeEnvironment } from '@/tests/setup/test-environment';
import { signedInPerson, workspaceWithRun, type SignedIn } from '@/tests/setup/test-people';
import { auditSince, startSignIn, type SignInBench } from '@/tests/setup/test-sign-in';

const ACME = 9_919;
const never = new AbortController().signal;

let github: FakeGitHub;
let bench: SignInBench;
let admin: SignedIn;
let member: SignedIn;
/** Audit events of this test come after it. */
let mark: string;

beforeAll(async () => {
  github = await startFakeGitHub();
  bench = await startSignIn({ ANYON_GITHUB_URL: github.url, ANYON_SECRET_KEY: randomBytes(32).toString('base64') });
});
beforeEach(async () => {
  await bench.testDatabase.sql`truncate users cascade`;
  await bench.database.delete(allowedGitHub);
  changeEnvironment({ ANYON_ALLOWED_GITHUB_IDS: undefined });
  github.faults = {};
  github.organisations = [{ id: ACME, login: 'acme', members: [] }];
  github.people = [{ ...github.user, id: 1815, login: 'Ada' }];
  admin = await signedInPerson(bench.database, 'root', 'admin');
  member = await signedInPerson(bench.database, 'ada');
  mark = uuidv7();
});
afterAll(async () => {
  await bench.close();
  await github.close();
});

const whoIs = ({ cookie }: SignedIn) => findActor(new Headers({ cookie }));
const actions = async () => (await auditSince(bench, mark)).map(({ action, actorLogin, subject }) => `${actorLogin}: ${action} ${subject}`);

describe('people', () => {
  it('are listed with role, sessions, workspaces and when they were last seen', async () => {
    await workspaceWithRun(bench.database, member.actor);
    await openSession(bench.database, member.actor.userId, 'pat');
    await bench.database.update(sessions).set({ revokedAt: new Date() }).where(eq(sessions.userId, admin.actor.userId));
    const list = await listPeople(admin.actor);
    expect(list).toMatchObject([
      { login: 'ada', role: 'member', liveSessions: 2, workspaces: 1, disabledAt: null, lastSeenAt: expect.any(Date) as Date },
      { login: 'root', role: 'admin', liveSessions: 0, workspaces: 0 },
    ]);
  });

  it('who are not let in any more are listed as such, with no browser signed in', async () => {
    await bench.database.update(users).set({ githubId: 1815 }).where(eq(users.id, member.actor.userId));
    const ada = async () => (await listPeople(admin.actor)).find(({ login }) => login === 'ada');
    expect(await ada()).toMatchObject({ admitted: false, liveSessions: 0, disabledAt: null });
    await bench.database.insert(allowedGitHub).values({ kind: 'person', githubId: 1815, login: 'ada' });
    expect(await ada()).toMatchObject({ admitted: true, liveSessions: 1 });
    await disablePerson(admin.actor, { userId: member.actor.userId });
    expect(await ada()).toMatchObject({ admitted: false, liveSessions: 0 });
  });

  it('change roles at once: the old actor counts for nothing any more', async () => {
    await changeRole(admin.actor, { userId: member.actor.userId, role: 'admin' });
    expect(await whoIs(member)).toMatchObject({ role: 'admin' });
    expect(await isStillSignedIn(member.actor)).toBe(false);
    await changeRole(admin.actor, { userId: member.actor.userId, role: 'admin' });
    expect(await actions()).toEqual(['root: role_changed ada']);
  });

  it('who are disabled lose every session at once, and none of them comes back with enabling', async () => {
    await disablePerson(admin.actor, { userId: member.actor.userId });
    expect(await whoIs(member)).toBeNull();
    expect(await isStillSignedIn(member.actor)).toBe(false);
    await openSession(bench.database, member.actor.userId, 'github'); // a sign-in that slipped in beside it
    await enablePerson(admin.actor, { userId: member.actor.userId });
    expect(await whoIs(member)).toBeNull();
    expect((await listPeople(admin.actor)).find(({ login }) => login === 'ada')).toMatchObject({ disabledAt: null, liveSessions: 0 });
    expect(await actions()).toEqual(['root: person_disabled ada', 'root: person_enabled ada']);
  });

  it('can be signed out everywhere by an administrator', async () => {
    await endSessionsOf(admin.actor, { userId: member.actor.userId });
    expect(await whoIs(member)).toBeNull();
    expect(await actions()).toEqual(['root: all_sessions_revoked ada']);
  });

  it('cannot change their own role, disable themselves, or touch somebody who is not there', async () => {
    const self = { userId: admin.actor.userId };
    await expect(changeRole(admin.actor, { ...self, role: 'member' })).rejects.toMatchObject({ kind: 'conflict', message: 'You cannot change your own role. Another administrator can.' });
    await expect(disablePerson(admin.actor, self)).rejects.toMatchObject({ kind: 'conflict' });
    await expect(disablePerson(admin.actor, { userId: uuidv7() })).rejects.toMatchObject({ kind: 'not_found' });
    expect(await whoIs(admin)).toMatchObject({ role: 'admin' });
    expect(await actions()).toEqual([]);
  });

  it.each([
    ['disable', (one: Actor, other: Actor) => disablePerson(one, { userId: other.userId })],
    ['demote', (one: Actor, other: Actor) => changeRole(one, { userId: other.userId, role: 'member' })],
  ])('who %s each other at the same moment leave one administrator', async (_, act) => {
    for (let round = 0; round < 5; round++) {
      const [one, two] = [await signedInPerson(bench.database, `one-${round}`, 'admin'), await signedInPerson(bench.database, `two-${round}`, 'admin')];
      const results = await Promise.allSettled([act(one.actor, two.actor), act(two.actor, one.actor)]);
      expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
      const left = (await listPeople(admin.actor)).filter(({ login, role, disabledAt }) => login.endsWith(`-${round}`) && role === 'admin' && !disabledAt);
      expect(left).toHaveLength(1);
    }
  });
});

describe('a person’s own sessions', () => {
  it('are listed with this browser marked, and one of them can be ended', async () => {
    const other = await openSession(bench.database, member.actor.userId, 'pat', { userAgent: `Browser ${'x'.repeat(500)}` });
    const list = await listOwnSessions(member.actor);
    expect(list.map(({ id, current }) => ({ id, current }))).toEqual(expect.arrayContaining([{ id: other, current: false }, { id: member.actor.sessionId, current: true }]));
    expect(list.find(({ id }) => id === other)?.userAgent).toHaveLength(200);
    await endSession(member.actor, { sessionId: other });
    expect((await listOwnSessions(member.actor)).map(({ id }) => id)).toEqual([member.actor.sessionId]);
    expect(await actions()).toEqual(['ada: session_revoked ada']);
  });

  it('are nobody else’s to end, not even an administrator’s', async () => {
    await expect(endSession(admin.actor, { sessionId: member.actor.sessionId })).rejects.toMatchObject({ kind: 'not_found' });
    expect(await whoIs(member)).not.toBeNull();
  });

  it('end everywhere, this browser included', async () => {
    await openSession(bench.database, member.actor.userId, 'github');
    expect(await endAllSessions(member.actor)).toEqual({ ended: 2 });
    expect(await whoIs(member)).toBeNull();
    expect(await whoIs(admin)).not.toBeNull();
  });

  it('WEB-13: end after three days without a visit, and after seven days in any case', async () => {
    const set = (values: Partial<typeof sessions.$inferInsert>) => bench.database.update(sessions).set(values).where(eq(sessions.id, member.actor.sessionId));
    const days = (number: number) => new Date(Date.now() + number * 24 * 3_600_000);
    await set({ lastSeenAt: days(-2.9) });
    expect(await whoIs(member)).not.toBeNull();
    expect((await listOwnSessions(member.actor))[0]?.lastSeenAt.getTime()).toBeGreaterThan(Date.now() - 10_000);
    await set({ lastSeenAt: days(-3.1) });
    expect(await whoIs(member)).toBeNull();
    await set({ lastSeenAt: new Date(), expiresAt: new Date(Date.now() - 1) });
    expect(await whoIs(member)).toBeNull();
  });

  it('note a visit once a minute, not more often', async () => {
    const seen = new Date(Date.now() - 30_000);
    await bench.database.update(sessions).set({ lastSeenAt: seen });
    await whoIs(member);
    expect((await listOwnSessions(member.actor))[0]?.lastSeenAt).toEqual(seen);
  });
});

describe('the list of those who may sign in', () => {
  it('takes logins, in any case, and numeric ids; what it keeps is the id', async () => {
    await allow(admin.actor, { kind: 'person', login: 'aDA' });
    await allow(admin.actor, { kind: 'person', login: '1815' });
    await allow(admin.actor, { kind: 'organisation', login: 'acme' });
    changeEnvironment({ ANYON_ALLOWED_GITHUB_IDS: '7,1815' });
    expect(await listAllowed(admin.actor)).toMatchObject([
      { kind: 'person', githubId: 7, login: '7', fixed: true },
      { kind: 'person', githubId: 1815, fixed: true },
      { kind: 'organisation', githubId: ACME, login: 'acme', addedByLogin: 'root', fixed: false },
    ]);
    expect(await actions()).toEqual(['root: allowed Ada', 'root: allowed acme']);
  });

  it.each([
    ['nobody has the login', { kind: 'person', login: 'nobody-here' }, 'not_found'],
    ['it is an organisation', { kind: 'person', login: 'acme' }, 'invalid'],
    ['it is a person', { kind: 'organisation', login: 'ada' }, 'invalid'],
  ] as const)('takes nothing when %s', async (_, input, kind) => {
    await expect(allow(admin.actor, input)).rejects.toMatchObject({ kind });
    expect(await listAllowed(admin.actor)).toEqual([]);
  });

  it('asks with the actor’s own connection, which an Enterprise server may demand, and as nobody when that is refused', async () => {
    github.faults = { strangersStatus: 401 };
    await expect(allow(admin.actor, { kind: 'person', login: 'ada' })).rejects.toMatchObject({ kind: 'precondition' });
    const token = github.tokens.add(github.user);
    await keepGitHubToken(admin.actor, token.value, 'pat');
    expect(await allow(admin.actor, { kind: 'person', login: 'ada' })).toEqual({ githubId: 1815, login: 'Ada' });
    token.revoked = true;
    await expect(allow(admin.actor, { kind: 'organisation', login: 'acme' })).rejects.toMatchObject({ kind: 'precondition' });
    github.faults = {};
    expect(await allow(admin.actor, { kind: 'organisation', login: 'acme' })).toMatchObject({ githubId: ACME });
  });

  it('takes nothing while GitHub does not answer', async () => {
    github.faults = { apiStatus: 502 };
    await expect(allow(admin.actor, { kind: 'person', login: 'ada' })).rejects.toMatchObject({ kind: 'unavailable' });
  });

  it('ends what a person has open when their entry goes', async () => {
    await bench.database.update(users).set({ githubId: 1815 }).where(eq(users.id, member.actor.userId));
    expect(await whoIs(member)).toBeNull();
    await allow(admin.actor, { kind: 'person', login: 'ada' });
    expect(await whoIs(member)).not.toBeNull();
    await disallow(admin.actor, { kind: 'person', githubId: 1815 });
    expect(await whoIs(member)).toBeNull();
    expect(await isStillSignedIn(member.actor)).toBe(false);
    expect(await actions()).toEqual(['root: allowed Ada', 'root: disallowed Ada']);
  });

  it('keeps what the environment names, and the entry by which the one who asks is in', async () => {
    changeEnvironment({ ANYON_ALLOWED_GITHUB_IDS: '7' });
    await expect(disallow(admin.actor, { kind: 'person', githubId: 7 })).rejects.toMatchObject({ kind: 'conflict', message: expect.stringContaining('ANYON_ALLOWED_GITHUB_IDS') as string });
    await bench.database.insert(allowedGitHub).values({ kind: 'person', githubId: 1815, login: 'ada' });
    await bench.database.update(users).set({ githubId: 1815, role: 'admin' }).where(eq(users.id, member.actor.userId));
    await expect(disallow({ ...member.actor, role: 'admin' }, { kind: 'person', githubId: 1815 })).rejects.toMatchObject({ kind: 'conflict', message: expect.stringContaining('You yourself') as string });
    expect(await whoIs(member)).not.toBeNull();
  });
});

describe('WEB-05: a person whom an organisation lets in', () => {
  const ago = (minutes: number) => new Date(Date.now() - minutes * 60_000);
  const admittedAt = async () => (await bench.database.select().from(users).where(eq(users.id, member.actor.userId)))[0]?.admittedAt?.getTime() ?? 0;

  beforeEach(async () => {
    await bench.database.insert(allowedGitHub).values({ kind: 'organisation', githubId: ACME, login: 'acme' });
    await bench.database.update(users).set({ githubId: github.user.id, admittedOrganisationId: ACME, admittedAt: ago(40) }).where(eq(users.id, member.actor.userId));
    github.organisations = [{ id: ACME, login: 'acme', members: [github.user.id] }];
    await keepGitHubToken(member.actor, github.tokens.add(github.user).value, 'pat');
  });

  it('is confirmed with their own connection before the hour is over', async () => {
    await confirmMemberships(never);
    expect(await admittedAt()).toBeGreaterThan(ago(1).getTime());
    expect(await whoIs(member)).not.toBeNull();
  });

  it.each([
    ['they are removed from it', () => void (github.organisations = [{ id: ACME, login: 'acme', members: [] }])],
    ['GitHub does not answer', () => void (github.faults = { organisationsStatus: 502 })],
    ['they have no connection', () => bench.database.delete(gitHubConnections)],
    ['their connection is to another account, whose owner is a member', () => {
      github.organisations[0]?.members.push(1815);
      return keepGitHubToken(member.actor, github.tokens.add({ ...github.user, id: 1815 }).value, 'pat');
    }],
  ])('is out when the hour is over if %s', async (_, change) => {
    await change();
    await confirmMemberships(never);
    expect(await admittedAt()).toBeLessThan(ago(39).getTime());
    expect(await whoIs(member)).not.toBeNull();
    await bench.database.update(users).set({ admittedAt: ago(61) }).where(eq(users.id, member.actor.userId));
    await confirmMemberships(never);
    expect(await whoIs(member)).toBeNull();
  });

  it('is not asked about by those who are not signed in', async () => {
    await endAllSessions(member.actor);
    github.requests.length = 0;
    await confirmMemberships(never);
    expect(github.requests).toEqual([]);
  });
});
