import type { LogHit } from '@/contract/log-search';

/** A piece of a log to be searched, and how. */
export interface MatchJob {
  bytes: Uint8Array;
  source: string;
  flags: string;
  /** True when no match can hold a line end: then most pieces are done with at one look. */
  literal: boolean;
  /** Matches count that begin in bytes [skip, until); what lies around them belongs to the neighbours of a piece of a very long line. */
  skip: number;
  until: number;
  /** How many hits to bring; the rest is counted. */
  room: number;
}

/** `at` and `line` count from the beginning of the piece. */
export type PieceHit = Omit<LogHit, 'stream' | 'offset'> & { at: number };

export interface MatchResult {
  count: number;
  hits: PieceHit[];
  newlines: number;
}

/**
 * Searches a piece line by line; matches of no characters do not count. It runs in a thread that is made of its source text
 * (matcher-thread.ts), so it uses nothing from outside of itself, and holds no functions: tools that keep their names call one from outside for it.
 */
export function matchLines(job: MatchJob): MatchResult {
  const { bytes, literal, room } = job;
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  const pattern = new RegExp(job.source, `${job.flags}g`);
  const text = decoder.decode(bytes);
  const sameLength = text.length === bytes.length;
  const skip = job.skip === 0 ? 0 : decoder.decode(bytes.subarray(0, job.skip)).length;
  const until = job.until === bytes.length ? text.length : decoder.decode(bytes.subarray(0, job.until)).length;
  const result: MatchResult = { count: 0, hits: [], newlines: 0 };
  const none = literal && !pattern.test(text);
  if (none) {
    for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, at + 1)) result.newlines += 1;
    return result;
  }
  let byteStart = 0;
  for (let start = 0; start < text.length; ) {
    const newline = text.indexOf('\n', start);
    const end = newline < 0 ? text.length : newline;
    const line = text.slice(start, end > start && text.charCodeAt(end - 1) === 13 ? end - 1 : end);
    pattern.lastIndex = Math.max(0, skip - start);
    for (let match = pattern.exec(line); match && start + match.index < until; match = pattern.exec(line)) {
      const [found] = match;
      if (found === '') {
        pattern.lastIndex += (line.codePointAt(pattern.lastIndex) ?? 0) > 0xffff ? 2 : 1; // in the middle of a pair it would step back
        if (pattern.lastIndex > line.length) break;
        continue;
      }
      result.count += 1;
      if (result.hits.length >= room) continue;
      const behind = match.index + found.length;
      result.hits.push({ line: result.newlines, at: byteStart, column: match.index, before: line.slice(Math.max(0, match.index - 80), match.index), match: found.slice(0, 200), after: line.slice(behind, behind + 160) });
    }
    if (newline < 0) break;
    result.newlines += 1;
    start = newline + 1;
    byteStart = sameLength ? start : bytes.indexOf(10, byteStart) + 1;
  }
  return result;
}
