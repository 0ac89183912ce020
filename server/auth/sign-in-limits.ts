import { clientAddress } from '@/server/client-address';
import { forgiveRate, limitRate, type Rate } from '@/server/rate-limits';

/** Tries that failed, by address: a whole office may come from one, so those that succeed do not count. */
const PER_ADDRESS: Rate = { points: 10, seconds: 60 };

/** Tries by GitHub account, of any outcome, once GitHub has said whose it is. */
const PER_ACCOUNT: Rate = { points: 10, seconds: 60 };

/** Counts a try to sign in before anything is looked at; throws `RateLimitedError` when there were too many from this address. */
export async function limitSignIn(headers: Headers): Promise<void> {
  await limitRate('sign-in', clientAddress(headers), PER_ADDRESS);
}

/** The try succeeded after all. */
export async function forgiveSignIn(headers: Headers): Promise<void> {
  await forgiveRate('sign-in', clientAddress(headers), PER_ADDRESS);
}

export async function limitAccount(githubId: number): Promise<void> {
  await limitRate('sign-in-account', String(githubId), PER_ACCOUNT);
}
