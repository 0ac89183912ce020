import { driveLogin, INTERRUPTED } from '@/server/connections/claude/login/drive-login';
import { holdLogin, liveLogins, moveLogin } from '@/server/connections/claude/login/login-rows';
import { sweepBooths } from '@/server/connections/claude/booth/sweep-booths';
import type { ContainerEngine } from '@/server/containers/engine';
import { database } from '@/server/database';
import { describeError } from '@/server/errors';
import { log } from '@/server/log';

/**
 * All sign-ins of this worker. There is one worker at a time, so what another has begun was cut off with it: such a sign-in
 * has failed, and its container is removed.
 */
export class LoginRunner {
  readonly #engine: ContainerEngine;
  readonly #live = new Map<string, Promise<void>>();
  readonly #ending = new AbortController();
  #swept = false;

  constructor(engine: ContainerEngine) {
    this.#engine = engine;
  }

  /** Begins what waits to be begun. To be called often: people wait for it. */
  async look(): Promise<void> {
    if (!this.#swept) await this.sweep().catch((error: unknown) => log().warn({ reason: describeError(error) }, 'claude: what sign-ins left behind could not be removed, it is tried again'));
    this.#swept = true;
    for (const row of await liveLogins()) {
      if (this.#live.has(row.id) || this.#ending.signal.aborted) continue;
      if (row.fence > 0) await moveLogin(database(), row, { from: ['starting', 'waiting_for_code', 'checking'], to: 'failed', reason: INTERRUPTED });
      else await this.#begin(row.id);
    }
  }

  /** Removes what was left behind by processes that died. */
  async sweep(): Promise<void> {
    await sweepBooths(this.#engine, new Set(this.#live.keys()));
  }

  /** Ends all of them; they have failed then. */
  async end(): Promise<void> {
    this.#ending.abort();
    await Promise.all(this.#live.values());
  }

  async #begin(id: string): Promise<void> {
    const login = await holdLogin(id);
    if (!login) return;
    const over = driveLogin(this.#engine, login, this.#ending.signal)
      .catch((error: unknown) => log().warn({ reason: describeError(error), loginId: id }, 'claude: how a sign-in ended could not be written down'))
      .finally(() => this.#live.delete(id));
    this.#live.set(id, over);
  }
}
