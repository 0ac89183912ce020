/** Of which lines how old they were when a browser had them, in milliseconds. */
export class LineAges {
  readonly #ages: number[] = [];
  #since = 0;

  add(milliseconds: number): void {
    this.#ages.push(milliseconds);
  }

  get count(): number {
    return this.#ages.length;
  }

  /** Of all. */
  summary(): AgeSummary {
    return summaryOf(this.#ages);
  }

  /** Of those since the last call of this. */
  latest(): AgeSummary {
    const recent = this.#ages.slice(this.#since);
    this.#since = this.#ages.length;
    return summaryOf(recent);
  }
}

export interface AgeSummary {
  lines: number;
  p50: number;
  p99: number;
  max: number;
}

function summaryOf(ages: readonly number[]): AgeSummary {
  const sorted = Float64Array.from(ages).sort();
  const at = (part: number): number => sorted[Math.max(0, Math.ceil(sorted.length * part) - 1)] ?? Number.NaN;
  return { lines: sorted.length, p50: at(0.5), p99: at(0.99), max: at(1) };
}

/** Finds the times in the text of a log, however it is cut into pieces. Whole messages repeat what was said before, so only partial ones count. */
export class LineTimes {
  #rest = '';

  /** Microseconds since 1970 at which each line that has ended was written. */
  take(text: string): number[] {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() ?? '';
    return lines.flatMap((line) => {
      const found = line.startsWith('{"type":"stream_event"') ? /"(?:at|text)":"t:(\d{16})/.exec(line) : null;
      return found ? [Number(found[1])] : [];
    });
  }
}
