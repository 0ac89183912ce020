const MINUTE = 60_000;

/** Pauses after the first try, the second, and so on: ten tries within six hours. */
const pauses: readonly number[] = [0.5, 1, 2, 5, 10, 20, 45, 90, 180].map((minutes) => minutes * MINUTE);

export const MOST_TRIES = pauses.length + 1;

/** What a service asks for counts up to here. */
const LONGEST_MS = 6 * 60 * MINUTE;

/** How long to wait after so many tries, or longer when the service asked for it; null when it was the last. */
export function pauseAfter(tries: number, askedForMs = 0): number | null {
  const pause = pauses[tries - 1];
  return pause === undefined ? null : Math.min(Math.max(pause, askedForMs), LONGEST_MS);
}

/** The header Retry-After, in seconds or as a date; 0 when it says nothing. */
export function retryAfterMs(value: string | null, now: Date): number {
  if (value === null) return 0;
  const ms = /^\d+$/.test(value.trim()) ? Number(value) * 1000 : Date.parse(value) - now.getTime();
  return Number.isFinite(ms) ? Math.max(0, ms) : 0;
}
