import { Transform } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';

/** What becomes of the lines in which an engine tells its events: none arrives, each arrives twice, or those of a moment arrive in the opposite order. */
export type Tampering = 'drop' | 'double' | 'reverse';

const MOMENT_MS = 300;

/** Between the engine and whoever listens. */
export function tamperWith(how: Tampering): Transform {
  let rest = '';
  let held: string[] = [];
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      const lines = (rest + chunk.toString('utf8')).split('\n');
      rest = lines.pop() ?? '';
      if (how === 'double') for (const line of lines) this.push(`${line}\n${line}\n`);
      if (how === 'reverse') {
        if (held.length === 0) {
          void sleep(MOMENT_MS).then(() => {
            for (const line of held.toReversed()) if (!this.destroyed) this.push(`${line}\n`);
            held = [];
          });
        }
        held.push(...lines);
      }
      done();
    },
  });
}
