import { openLoadPlace, type LoadPlace } from '@/tests/load/load-place';

/** What `work` comes to on a product of its own, which is taken away afterwards: also when it fails, and when somebody interrupts this program. */
export async function inLoadPlace<T>(people: number, work: (place: LoadPlace) => Promise<T>): Promise<T> {
  const interrupted = new Promise<never>((_, reject) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => reject(new Error(`Interrupted by ${signal}.`)));
  });
  interrupted.catch(() => undefined);
  const opening = openLoadPlace(people);
  try {
    const working = opening.then(work);
    working.catch(() => undefined); // it may fail while all is being taken away from under it
    return await Promise.race([working, interrupted]);
  } catch (error) {
    process.stderr.write(`\nThe load has failed: ${error instanceof Error ? error.message : String(error)}\n`);
    throw error;
  } finally {
    process.stdout.write('taking everything away …\n');
    await opening.then((place) => place.close());
  }
}
