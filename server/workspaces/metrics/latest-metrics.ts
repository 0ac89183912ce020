import { METRICS_EVERY_SECONDS } from '@/contract/metrics';

/** An older reading says nothing about now: its container has stopped, or the engine does not answer. */
export const LATEST_SECONDS = 3 * METRICS_EVERY_SECONDS;
