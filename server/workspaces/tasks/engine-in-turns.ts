import type { ContainerEngine } from '@/server/containers/engine';
import type { Turns } from '@/server/turns';

/** What makes the engine work for long on containers and networks. */
const heavy: ReadonlySet<string> = new Set<keyof ContainerEngine>(['ensureNetwork', 'removeNetwork', 'createContainer', 'startContainer', 'stopContainer', 'restartContainer', 'killContainer', 'removeContainer']);

/** The engine for one attempt among several: each call that makes it work for long waits for its turn, so that what one start asks for side by side comes on top of nobody else's (REL-19). */
export function engineInTurns(engine: ContainerEngine, turns: Turns): ContainerEngine {
  return new Proxy(engine, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== 'function' || !heavy.has(String(name))) return value;
      return (...args: unknown[]): Promise<unknown> => turns.take(() => (value as (...given: unknown[]) => Promise<unknown>).apply(target, args));
    },
  });
}
