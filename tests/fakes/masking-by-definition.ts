import { expect } from 'vitest';
import { needleLiterals, type Masker, type Needle } from '@/server/secrets/mask';

const tokens = [/^sk-ant-[A-Za-z0-9]{1,32}-[A-Za-z0-9_-]{8,}/, /^github_pat_[A-Za-z0-9_]{22,}/, /^gh[pousr]_[A-Za-z0-9]{36,}/, /^anyon_[A-Za-z0-9]{38,}/];
const MAX_WHOLE_TOKEN = 1024;
const MAX_SPLIT = 4096;

/** The definition of masking, as plainly as it can be written: every match, found at every position, covers its bytes. */
export function maskByDefinition(bytes: Buffer, needles: readonly Needle[]): Buffer {
  const text = bytes.toString('latin1');
  const output = Buffer.from(bytes);
  const literals = needleLiterals(needles).map((literal) => literal.toString('latin1'));
  for (let start = 0; start < text.length; start++) {
    for (const literal of literals) {
      if (text.startsWith(literal, start)) output.fill('*', start, start + literal.length);
    }
    const rest = text.slice(start, start + MAX_WHOLE_TOKEN);
    for (const token of tokens) {
      const match = token.exec(rest);
      if (match) output.fill('*', start, start + match[0].length);
    }
  }
  const pieces = gapsByDefinition(text);
  coverSplit(output, lettersOf(text, pieces), (rest) => literals.filter((literal) => rest.startsWith(literal)).map(({ length }) => length));
  const onlyColours = lettersOf(text, pieces.filter(({ wrap }) => !wrap));
  coverSplit(output, onlyColours, (rest) => tokens.flatMap((token) => token.exec(rest.slice(0, MAX_WHOLE_TOKEN))?.[0].length ?? []));
  return output;
}

interface Letter {
  at: number;
  letter: string;
  wrapBefore: boolean;
}

/** Matches in the text without its gaps, which reach over at most MAX_SPLIT bytes; less than four letters before a line end are spared. */
function coverSplit(output: Buffer, letters: readonly Letter[], matches: (rest: string) => number[]): void {
  const text = letters.map(({ letter }) => letter).join('');
  for (let start = 0; start < text.length; start++) {
    const from = letters[start]!.at;
    let end = start;
    while (end < letters.length && letters[end]!.at < from + MAX_SPLIT) end++;
    for (const length of matches(text.slice(start, end))) {
      const match = letters.slice(start, start + length);
      if (match.at(-1)!.at - from === length - 1) continue;
      const wrap = match.findIndex(({ wrapBefore }, index) => index > 0 && wrapBefore);
      for (const { at } of match.slice(wrap > 0 && wrap < 4 ? wrap : 0)) output[at] = 0x2a;
    }
  }
}

function lettersOf(text: string, gaps: readonly { start: number; end: number; wrap: boolean }[]): Letter[] {
  const letters: Letter[] = [];
  let wrapBefore = false;
  for (let at = 0; at < text.length; ) {
    const gap = gaps.find(({ start }) => start === at);
    if (gap) {
      wrapBefore ||= gap.wrap;
      at = gap.end;
    } else {
      letters.push({ at, letter: text[at++]!, wrapBefore });
      wrapBefore = false;
    }
  }
  return letters;
}

/** Colour codes and line ends, raw and escaped; adjoining ones count as one. */
function gapsByDefinition(text: string): { start: number; end: number; wrap: boolean }[] {
  const gaps: { start: number; end: number; wrap: boolean }[] = [];
  const piece = /\x1b\[[0-9:;]{0,40}[mK]|\r?\n|\\+/g;
  for (let found = piece.exec(text); found; found = piece.exec(text)) {
    let { index: start } = found;
    let [said] = found;
    if (said.startsWith('\\')) {
      const depth = said.length > 15 ? 0 : [8, 4, 2, 1].find((bit) => said.length % bit === 0)!;
      const slashes = `\\\\{${depth}}`;
      const escaped = new RegExp(`^(?:n|r${slashes}n|u001[bB]\\[[0-9:;]{0,40}[mK])`).exec(text.slice(piece.lastIndex));
      if (depth === 0 || !escaped) continue;
      start += said.length - depth;
      said = `${'\\'.repeat(depth)}${escaped[0]}`;
    }
    const gap = { start, end: start + said.length, wrap: said.endsWith('n') || said.endsWith('\n') };
    piece.lastIndex = gap.end;
    const last = gaps.at(-1);
    if (last?.end === start) Object.assign(last, { end: gap.end, wrap: last.wrap || gap.wrap });
    else gaps.push(gap);
  }
  return gaps;
}

/** Masks piece by piece, each time with no more before `from` than the masker asks for, beginning at byte `from`. */
export function maskStream(masker: Masker, bytes: Buffer, from: number, cuts: () => number): Buffer {
  const out: Buffer[] = [];
  let settled = from;
  let end = from;
  for (;;) {
    end = Math.min(bytes.length, end + cuts());
    const start = Math.max(0, settled - masker.lookaround);
    const final = end === bytes.length;
    const turn = masker.mask(bytes.subarray(start, end), settled - start, final);
    if (start + turn.settled < end - masker.lookaround || turn.masked.length !== start + turn.settled - settled) expect({ start, end, turn }).toBe('held back no more than the longest match');
    out.push(turn.masked);
    settled = start + turn.settled;
    if (final) return Buffer.concat(out);
  }
}
