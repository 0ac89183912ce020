import type { ContainerEngine } from '@/server/containers/engine';
import { describeError } from '@/server/errors';

const PATIENCE_MS = 2_000;

/** Why the engine cannot be asked at all at this moment, as a sentence; null when it answers. Takes 2 s at most. */
export async function engineProblem(engine: ContainerEngine): Promise<string | null> {
  const patience = AbortSignal.timeout(PATIENCE_MS);
  try {
    await engine.version(patience);
    return null;
  } catch (error) {
    const why = patience.aborted ? `Docker did not answer within ${PATIENCE_MS / 1_000} s.` : describeError(error);
    return `It waits for Docker. ${why}`;
  }
}
