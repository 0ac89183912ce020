import { probeEngine } from '@/server/containers/container-engine';
import type { ContainerEngine } from '@/server/containers/engine';
import { AnyonError } from '@/server/errors';
import { processState } from '@/server/process-state';

const PATIENCE_MS = 1_500;
/** How long a good answer is believed. */
const BELIEVED_MS = 1_000;

interface Knowledge {
  asking: Promise<void> | null;
  goodUntil: number;
}

/**
 * Throws `unavailable` within 1.5 s when the engine is away or says nothing. Many ask at the same moment when many workspaces
 * are made: one question, on a connection of its own, serves them all, and a good answer serves for another second.
 */
export function assertEngineAnswers(): Promise<void> {
  const engine = probeEngine();
  const knowledge = knowledgeOf(engine);
  if (performance.now() < knowledge.goodUntil) return Promise.resolve();
  knowledge.asking ??= ask(engine).then(
    () => {
      knowledge.goodUntil = performance.now() + BELIEVED_MS;
      knowledge.asking = null;
    },
    (error: unknown) => {
      knowledge.asking = null;
      throw error;
    },
  );
  return knowledge.asking;
}

/** What one engine answered says nothing about another. */
function knowledgeOf(engine: ContainerEngine): Knowledge {
  const all = processState('engine-answers', () => new WeakMap<ContainerEngine, Knowledge>());
  const known = all.get(engine) ?? { asking: null, goodUntil: 0 };
  all.set(engine, known);
  return known;
}

async function ask(engine: ContainerEngine): Promise<void> {
  const patience = AbortSignal.timeout(PATIENCE_MS);
  try {
    await engine.version(patience);
  } catch (error) {
    if (!patience.aborted) throw error;
    throw new AnyonError('unavailable', `Failed to fetch Docker version: Docker did not answer within ${PATIENCE_MS / 1_000} s. It may be overloaded or hung; check it with \`docker info\` and restart it if need be.`);
  }
}
