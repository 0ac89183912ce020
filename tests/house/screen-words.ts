import { productFiles } from '@/tests/house/house';

/** What pages and programs say, as it stands in the sources: without escapes and entities. */
export function productWords(...rooms: string[]): string {
  return productFiles(...rooms)
    .map(({ code }) => code.replaceAll('&rsquo;', '’').replaceAll('&amp;', '&').replaceAll('\\', ''))
    .join('\n');
}

/** The single texts in the sources of the pages: literals, and what stands between tags. Of one that goes on with a value, what stands before it. */
export function screenTexts(): ReadonlySet<string> {
  const words = productWords('app', 'components', 'contract');
  const quoted = [...words.matchAll(/(?<=['"`>}])[^'"`<>{}\n]+(?=['"`<{$])/g)];
  const lines = [...words.matchAll(/^\s+[^'"`<>{}\n]+$/gm)];
  return new Set([...quoted, ...lines].flatMap(([text]) => [text.trim(), text.replace(/\$$/, '').trim()]));
}

/** The parts of a sentence between the values that differ (`…`): each stands in the sources somewhere. */
export function unsaid(sentence: string, words: string): string[] {
  return sentence.split('…').map((part) => part.trim()).filter((part) => part.length > 2 && !words.includes(part));
}
