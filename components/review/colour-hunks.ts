import { markEdits, tokenize, type HunkData, type HunkTokens } from 'react-diff-view';
import { languages, type Language } from '@/components/review/language-of';

/** Beyond these a file stays without colours: it would hold up the page. */
const MOST_LINES = 2_000;
const MOST_CHARACTERS = 150_000;
/** The library walks through every line number up to the last. */
const FARTHEST_LINE = 20_000;

/** The words of a diff with their kinds, and what within a line has changed; null when there is too much of it. Loads the library and the language when they are first needed. */
export async function colourHunks(hunks: HunkData[], language: Language): Promise<HunkTokens | null> {
  if (!isModest(hunks)) return null;
  const [{ refractor }, syntax] = await Promise.all([import('refractor/core'), languages[language]()]);
  refractor.register(syntax.default);
  // The diff library wants the words themselves, the colouring library hands over a root around them.
  const highlight = ((text: string, name: string) => refractor.highlight(text, name).children) as unknown as typeof refractor.highlight;
  return tokenize(hunks, { highlight: true, refractor: { highlight }, language, enhancers: [markEdits(hunks, { type: 'block' })] });
}

function isModest(hunks: HunkData[]): boolean {
  const changes = hunks.flatMap((hunk) => hunk.changes);
  const last = hunks.at(-1);
  const farthest = last ? Math.max(last.oldStart + last.oldLines, last.newStart + last.newLines) : 0;
  return changes.length <= MOST_LINES && farthest <= FARTHEST_LINE && changes.reduce((sum, change) => sum + change.content.length, 0) <= MOST_CHARACTERS;
}
