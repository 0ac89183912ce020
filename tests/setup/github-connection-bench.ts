import { randomBytes, randomUUID } from 'node:crypto';
import { eq } from 'drizzle-orm';
import type { GitHubState } from '@/contract/connection';
import type { Database } from '@/db/client';
import { alerts, gitHubConnections } from '@/db/schema';
import { connectGitHubToken } from '@/server/connections/github/connect-github';
import { forgetRates } from '@/server/rate-limits';
import { startFakeGitHub, type FakeGitHub, type FakeGitHubUser } from '@/tests/fakes/fake-github';
import { changeEnvironment } from '@/tests/setup/test-environment';
import { signedInPerson, type SignedIn } from '@/tests/setup/test-people';
import { startSignIn, type SignInBench } from '@/tests/setup/test-sign-in';

/** A GitHub of our own and one person at a time who connects to it, on a real database. */
export class GitHubConnectionBench {
  /** As GitHub shows them, whatever a test changes. */
  readonly octocat: FakeGitHubUser;
  readonly gitHub: FakeGitHub;
  readonly #signIn: SignInBench;
  person!: SignedIn;

  private constructor(gitHub: FakeGitHub, signIn: SignInBench) {
    this.gitHub = gitHub;
    this.octocat = { ...gitHub.user };
    this.#signIn = signIn;
  }

  static async start(): Promise<GitHubConnectionBench> {
    const gitHub = await startFakeGitHub();
    return new GitHubConnectionBench(gitHub, await startSignIn({ ANYON_GITHUB_URL: gitHub.url, ANYON_SECRET_KEY: randomBytes(32).toString('base64') }));
  }

  get database(): Database {
    return this.#signIn.database;
  }

  /** As at first, with somebody new. */
  async reset(): Promise<void> {
    const { gitHub } = this;
    forgetRates();
    Object.assign(gitHub, { faults: {}, user: { ...this.octocat }, repositories: [] });
    gitHub.requests.length = 0;
    changeEnvironment({ ANYON_GITHUB_URL: gitHub.url, ANYON_GITHUB_API_URL: undefined });
    await this.database.delete(gitHubConnections);
    await this.newPerson();
  }

  async newPerson(): Promise<void> {
    this.person = await signedInPerson(this.database, `person-${randomUUID()}`);
  }

  /** With a token that GitHub has just made. */
  async connect(options: Parameters<FakeGitHub['tokens']['add']>[1] = {}): Promise<{ token: ReturnType<FakeGitHub['tokens']['add']>; state: GitHubState }> {
    const token = this.gitHub.tokens.add(this.gitHub.user, options);
    return { token, state: await connectGitHubToken(this.person.actor, { token: token.value }) };
  }

  async row(): Promise<typeof gitHubConnections.$inferSelect | undefined> {
    const [found] = await this.database.select().from(gitHubConnections).where(eq(gitHubConnections.userId, this.person.actor.userId));
    return found;
  }

  /** As if the last check were so long ago. */
  async backdate(milliseconds: number): Promise<void> {
    await this.database.update(gitHubConnections).set({ checkedAt: new Date(Date.now() - milliseconds) }).where(eq(gitHubConnections.userId, this.person.actor.userId));
  }

  async openAlerts(): Promise<(typeof alerts.$inferSelect)[]> {
    return (await this.database.select().from(alerts).where(eq(alerts.userId, this.person.actor.userId))).filter(({ resolvedAt }) => resolvedAt === null);
  }

  async close(): Promise<void> {
    await this.#signIn.close();
    await this.gitHub.close();
  }
}
