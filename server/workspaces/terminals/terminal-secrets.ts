import type { Masker } from '@/server/secrets/mask';
import { log } from '@/server/log';
import { maskerOfSecrets, secretsSeenIn } from '@/server/secrets/workspace-masker';

/** How long a value that was handed out a moment ago may be unknown to a terminal. */
const LOOK_MS = 2_000;

/** The masker of a workspace's terminals, which follows what is handed out while they are open. */
export class TerminalSecrets {
  readonly #workspaceId: string;
  readonly #use: (masker: Masker) => void;
  #known: string | null = null;

  constructor(workspaceId: string, use: (masker: Masker) => void) {
    this.#workspaceId = workspaceId;
    this.#use = use;
  }

  /** Looks now; throws when that cannot be known: what cannot be masked is not shown. */
  async look(): Promise<void> {
    const versions = await secretsSeenIn(this.#workspaceId);
    const known = versions.map(({ secretId, version }) => `${secretId} ${version}`).join();
    if (known === this.#known) return;
    this.#use(await maskerOfSecrets(versions));
    this.#known = known;
  }

  /** Goes on looking until it is told to end. */
  keepLooking(): () => void {
    let looking = false;
    const timer = setInterval(() => {
      if (looking) return;
      looking = true;
      void this.look()
        .catch((error: unknown) => log().warn({ err: error, workspaceId: this.#workspaceId }, 'terminal: what it must not show could not be looked up'))
        .finally(() => (looking = false));
    }, LOOK_MS);
    timer.unref();
    return () => clearInterval(timer);
  }
}
