import { hashKey, type QueryKey } from '@tanstack/react-query';

const FIRST_MS = 50;
/** After what was quiet before, and while changes go on and on. */
const BETWEEN_MS = { first: 500, most: 1_000 } as const;

/**
 * Fetches again what was asked for, each thing at most twice a second, and once while changes go on. Hundreds of changes in a row (a batch over many
 * workspaces) would otherwise begin a fetch with every one of them and cut off the one before, so that none came to its end.
 */
export class Refetches {
  readonly #refetch: (queryKey: QueryKey) => void;
  readonly #waiting = new Map<string, QueryKey>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #last = 0;
  #between: number = BETWEEN_MS.first;

  /** `refetch` begins to fetch one thing. */
  constructor(refetch: (queryKey: QueryKey) => void) {
    this.#refetch = refetch;
  }

  ask(keys: readonly QueryKey[]): void {
    for (const key of keys) this.#waiting.set(hashKey(key), key);
    if (this.#waiting.size === 0) return;
    this.#timer ??= setTimeout(() => this.#fetch(), Math.max(FIRST_MS, this.#last + this.#between - Date.now()));
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#waiting.clear();
  }

  #fetch(): void {
    this.#timer = undefined;
    const wentOn = Date.now() - this.#last < 2 * BETWEEN_MS.most;
    this.#between = wentOn ? BETWEEN_MS.most : BETWEEN_MS.first;
    this.#last = Date.now();
    const keys = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const queryKey of keys) this.#refetch(queryKey);
  }
}
