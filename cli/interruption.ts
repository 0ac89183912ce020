/** Ctrl-C (or SIGTERM) while something is watched or asked: the program ends, and nothing else does. */
export class Interrupted extends Error {
  constructor() {
    super('Interrupted.');
    this.name = 'Interrupted';
  }
}

export interface Watching {
  /** Fires at the first Ctrl-C; a second one ends the program at once. */
  readonly signal: AbortSignal;
  end(): void;
}

/** From now until `end`, Ctrl-C ends what listens to the signal instead of the whole program. */
export function watchForInterruption(): Watching {
  const leaving = new AbortController();
  const leave = (): void => {
    stop();
    leaving.abort(new Interrupted());
  };
  const stop = (): void => {
    process.off('SIGINT', leave);
    process.off('SIGTERM', leave);
  };
  process.on('SIGINT', leave);
  process.on('SIGTERM', leave);
  return { signal: leaving.signal, end: stop };
}
