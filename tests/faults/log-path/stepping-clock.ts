/**
 * A clock of the day that can be set, for a whole process: what `new Date()` and `Date.now()` say is moved, as when somebody sets the
 * machine's clock. The monotonic clock and the timers go on, as they do then. Import it before anything that looks at the clock.
 */
let aheadMs = 0;
const RealDate = Date;

class SteppedDate extends RealDate {
  constructor(...given: unknown[]) {
    if (given.length === 0) super(RealDate.now() + aheadMs);
    else super(...(given as [number]));
  }

  static override now(): number {
    return RealDate.now() + aheadMs;
  }
}

globalThis.Date = SteppedDate as DateConstructor;

/** From now on the clock of this process is so much ahead of the real one (behind, when negative). */
export function setClockAhead(milliseconds: number): void {
  aheadMs = milliseconds;
}
