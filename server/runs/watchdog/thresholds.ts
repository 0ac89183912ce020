import { env } from '@/server/env';

/** In milliseconds. The first of each kind counts from the last sign of life, every further one from the action before it. */
export interface Thresholds {
  noOutput: number;
  silence: number;
  nudge: number;
  restart: number;
  lingering: number;
  end: number;
  answer: number;
  tool: number;
}

/** How patient the watchdog is; docs/decisions/0023-watchdog.md says why so. */
export function thresholds(): Thresholds {
  const set = env();
  return {
    noOutput: set.ANYON_WATCHDOG_NO_OUTPUT_SECONDS * 1_000,
    silence: set.ANYON_WATCHDOG_SILENCE_SECONDS * 1_000,
    nudge: set.ANYON_WATCHDOG_NUDGE_SECONDS * 1_000,
    restart: set.ANYON_WATCHDOG_RESTART_SECONDS * 1_000,
    lingering: set.ANYON_WATCHDOG_LINGERING_SECONDS * 1_000,
    end: set.ANYON_WATCHDOG_END_SECONDS * 1_000,
    answer: set.ANYON_WATCHDOG_ANSWER_SECONDS * 1_000,
    tool: set.ANYON_WATCHDOG_TOOL_SECONDS * 1_000,
  };
}
