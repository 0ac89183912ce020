import { randomBytes } from 'node:crypto';
import { lstatSync } from 'node:fs';
import { eq } from 'drizzle-orm';
import type { Actor } from '@/contract/actor';
import type { WorkspaceView } from '@/contract/workspace';
import { auditEvents, gitHubConnections, secretUses } from '@/db/schema';
import { database } from '@/server/database';
import { addPrivateDestination } from '@/server/egress/private-destinations';
import { putSecret } from '@/server/secrets/vault';
import { startGuardedGit, type GuardedGit } from '@/tests/setup/guarded-git';
import { startTestProduct, type TestProduct } from '@/tests/setup/test-product';
import { startTestWorker } from '@/tests/setup/test-worker';
import { madeWorkspace } from '@/tests/setup/wait-for-state';

/** A git server that wants a sign-in and one that must never be shown any, a person with a token for the first, and another secret of theirs. */
export interface InjectionBench {
  product: TestProduct;
  git: GuardedGit;
  stranger: GuardedGit;
  owner: Actor;
  gitToken: string;
  npmToken: string;
  connect(actor: Actor, login: string, token: string): Promise<void>;
  /** A workspace with the private repository, when it is no longer being made, whether it runs or not. */
  create(actor: Actor): Promise<WorkspaceView>;
  close(): Promise<void>;
}

export const fresh = (prefix: string) => prefix + randomBytes(24).toString('hex').slice(0, 36);

export async function startInjectionBench(): Promise<InjectionBench> {
  const [gitToken, npmToken] = [fresh('ghp_'), `npm ${fresh('')} ünï`];
  const product = await startTestProduct();
  const git = await startGuardedGit(product.gitUrl, product.gateway);
  const stranger = await startGuardedGit(product.gitUrl, product.gateway);
  const admin = await product.addUser('admin', 'admin');
  for (const { url } of [git, stranger]) await addPrivateDestination(admin, { host: new URL(url).hostname, port: Number(new URL(url).port) });
  product.addRepository('secret-plans', { 'README.md': '# Plans\n' });
  const connect = async ({ userId }: Actor, login: string, token: string) => {
    const { secretId } = await putSecret(database(), { ownerId: userId, kind: 'github', name: 'github' }, token);
    await database().insert(gitHubConnections).values({ userId, secretId, status: 'connected', method: 'pat', host: git.host, gitHubId: 1, login });
  };
  const owner = await product.addUser('owner');
  await connect(owner, 'mona', gitToken);
  git.accept('mona', gitToken);
  await putSecret(database(), { ownerId: owner.userId, kind: 'custom', name: 'NPM_TOKEN' }, npmToken);
  const worker = await startTestWorker();
  return {
    product, git, stranger, owner, gitToken, npmToken, connect,
    create: (actor) => madeWorkspace(actor, { repositoryUrl: `${git.url}/secret-plans.git`, limits: { memoryBytes: 768 * 1024 ** 2 }, recovery: { maxRetries: 0 } }),
    async close() {
      await worker.stop();
      await Promise.all([git.close(), stranger.close()]);
      await product.close();
    },
  };
}

export const usesOf = (attempt: string) => database().select().from(secretUses).where(eq(secretUses.attempt, attempt));

/** What the audit says about the handing over to this attempt. */
export const audited = async (attempt: string) => (await database().select().from(auditEvents).where(eq(auditEvents.action, 'secret_injected'))).filter(({ details }) => details['attempt'] === attempt);

export function modeAndOwner(file: string): string {
  const { mode, uid } = lstatSync(file);
  return `${(mode & 0o7777).toString(8)} ${uid}`;
}
