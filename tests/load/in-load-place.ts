import { openLoadPlace, type LoadPlace } from '@/tests/load/load-place';

/**
 * What `work` comes to on a product of its own, which is taken away afterwards: also when it fails, and when somebody interrupts this program, be it while the
 * product is still being started. After a failure or an interruption, which it says, this program has ended.
 */
export async function inLoadPlace<T>(people: number, work: (place: LoadPlace) => Promise<T>): Promise<T> {
  const interruption = new AbortController();
  const interrupted = new Promise<never>((_, reject) => interruption.signal.addEventListener('abort', () => reject(interruption.signal.reason as Error)));
  interrupted.catch(() => undefined);
  // Not once: the terminal, npm and the script in front each tell it, and the second word must not end the cleaning up.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => interruption.abort(new Error(`interrupted by ${signal}`)));
  const opening = openLoadPlace(people, interruption.signal);
  const takenAway = () => opening.then(({ close }) => close(), () => undefined); // one that could not be opened has taken itself away
  try {
    const working = opening.then(work);
    working.catch(() => undefined); // it may fail while all is being taken away from under it
    const result = await Promise.race([working, interrupted]);
    process.stdout.write('taking everything away …\n');
    await takenAway();
    return result;
  } catch (error) {
    process.stderr.write(`\n✗ The load has failed: ${error instanceof Error ? error.message : String(error)}\ntaking everything away …\n`);
    await takenAway();
    process.exit(interruption.signal.aborted ? 130 : 1);
  }
}
