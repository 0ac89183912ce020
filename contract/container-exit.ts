import { z } from 'zod';

/**
 * How a container (or a command in one) ended; the same shape reaches the API and the browser.
 * `exitCode` is null when nobody could tell. `error` joins everything that went wrong while asking.
 */
export const containerExitSchema = z.object({
  exitCode: z.number().int().nullable(),
  error: z.string().nullable(),
  finishedAt: z.iso.datetime().nullable(),
  oomKilled: z.boolean(),
  signal: z.string().nullable(),
});

export type ContainerExit = z.infer<typeof containerExitSchema>;

/** True only for a known exit code 0 without a signal, an OOM kill or an error. */
export function succeeded(exit: ContainerExit): boolean {
  return exit.exitCode === 0 && exit.signal === null && !exit.oomKilled && exit.error === null;
}

/** True when a signal ended the process. */
export function wasSignaled(exit: ContainerExit): boolean {
  return exit.signal !== null;
}
