import { setTimeout as sleep } from 'node:timers/promises';
import type { ClaudeLoginStatus } from '@/contract/claude-login';
import { withBooth, type Booth } from '@/server/connections/claude/booth/booth';
import type { TrialOutcome } from '@/server/connections/claude/booth/judge-trial';
import { tryAccount } from '@/server/connections/claude/booth/try-account';
import { accountSource, type ClaudeAccount } from '@/server/connections/claude/claude-account';
import { CODE_PURPOSE, moveLogin, readLogin, takeSealedCode, type HeldLogin } from '@/server/connections/claude/login/login-rows';
import { SetupToken } from '@/server/connections/claude/login/setup-token';
import { saveConnection } from '@/server/connections/claude/save-connection';
import type { ContainerEngine } from '@/server/containers/engine';
import { database } from '@/server/database';
import { AnyonError, isAnyonError } from '@/server/errors';
import { log } from '@/server/log';
import { openText } from '@/server/secrets/vault';

/** What the CLI asks in a sign-in. */
const SIGN_IN_HOSTS = ['platform.claude.com', 'console.anthropic.com', 'claude.com', 'claude.ai', 'api.anthropic.com'].map((host) => ({ host, port: 443 }));
const LOOK_MS = 300;
const YEAR_MS = 365 * 86_400_000;
const live: readonly ClaudeLoginStatus[] = ['starting', 'waiting_for_code', 'checking'];
const subscription: ClaudeAccount = { method: 'subscription', baseUrl: null, region: null, projectId: null };

/** The sign-in is over, or in other hands: there is nothing more to do for it. */
class LoginOver extends Error {}

/** Carries one sign-in to its end in a booth of its own, whatever the end is. The signal means that this worker ends. */
export async function driveLogin(engine: ContainerEngine, login: HeldLogin, ending: AbortSignal): Promise<void> {
  const over = new AbortController();
  const watching = watch(login, over);
  const signal = AbortSignal.any([ending, over.signal]);
  try {
    const plan = { id: login.id, userId: login.person.userId, purpose: 'login' as const, destinations: SIGN_IN_HOSTS };
    await withBooth(engine, plan, (booth) => signIn(booth, login, signal), signal);
  } catch (error) {
    if (!(error instanceof LoginOver) && !over.signal.aborted) await fail(login, error, ending);
  } finally {
    over.abort();
    await watching;
  }
}

/** Ends the work as soon as the person has cancelled, or their time is over. */
async function watch(login: HeldLogin, over: AbortController): Promise<void> {
  while (!over.signal.aborted) {
    await sleep(LOOK_MS, undefined, { signal: over.signal }).catch(() => {}); // only an abort ends it early; the loop sees it
    const row = await readLogin(login).catch(() => undefined); // unreadable for a moment: the next look tells
    if (row === undefined) continue;
    if (row === null || !live.includes(row.status)) over.abort();
    else if (Date.now() > login.expiresAt.getTime()) {
      const expired = await moveLogin(database(), login, { from: ['starting', 'waiting_for_code'], to: 'expired', reason: 'Nobody entered a code in time. Start again when you are ready to approve at once.' }).catch(() => false);
      if (expired) over.abort();
    }
  }
}

/** One round for each code: after a wrong one the CLI begins anew, with another address. */
async function signIn(booth: Booth, login: HeldLogin, signal: AbortSignal): Promise<void> {
  for (let problem: string | null = null; ; ) {
    const cli = await SetupToken.open(booth, signal);
    try {
      const url = await cli.url();
      const from: ClaudeLoginStatus[] = problem === null ? ['starting'] : ['checking'];
      if (!(await moveLogin(database(), login, { from, to: 'waiting_for_code', url, reason: problem }))) throw new LoginOver();
      const result = await cli.enter(await awaitCode(login, signal));
      if ('token' in result) return await finish(booth, login, result.token, signal);
      problem = `Claude's sign-in says: ${result.problem}. Open the new page and paste its code.`;
    } finally {
      cli.close();
    }
  }
}

async function awaitCode(login: HeldLogin, signal: AbortSignal): Promise<string> {
  for (;;) {
    const sealed = await takeSealedCode(login);
    if (sealed !== null) return openText(sealed, CODE_PURPOSE, login.id);
    await sleep(LOOK_MS, undefined, { signal });
  }
}

async function finish(booth: Booth, login: HeldLogin, token: string, signal: AbortSignal): Promise<void> {
  const expiresAt = new Date(Date.now() + YEAR_MS);
  const trial = await tryAccount(booth, accountSource(subscription, token, null), signal).catch(untried);
  signal.throwIfAborted();
  if (trial.outcome === 'refused') throw new AnyonError('precondition', `The sign-in worked, but Claude does not answer with it. ${trial.reason}`);
  const notTried = trial.outcome === 'unknown' ? `It could not be tried yet. ${trial.reason}` : null;
  await database().transaction(async (tx) => {
    if (!(await moveLogin(tx, login, { from: ['checking'], to: 'done' }))) throw new LoginOver();
    await saveConnection(tx, login.person, { account: subscription, value: token, expiresAt, notTried });
  });
}

/** A fresh token is kept although nobody could be asked. */
function untried(error: unknown): TrialOutcome {
  if (!isAnyonError(error)) throw error;
  return { outcome: 'unknown', reason: error.message };
}

async function fail(login: HeldLogin, error: unknown, ending: AbortSignal): Promise<void> {
  const words = ending.aborted ? INTERRUPTED : isAnyonError(error) ? error.message : 'The sign-in failed for a reason of its own; the server log has it. Start again.';
  // Never the terminal's text: it may hold a code or a token.
  if (!ending.aborted && !isAnyonError(error)) log().error({ err: error, loginId: login.id }, 'claude: a sign-in failed');
  await moveLogin(database(), login, { from: live, to: 'failed', reason: words });
}

export const INTERRUPTED = 'The sign-in was interrupted, because a part of Anyon was started anew. Start again.';
