/** Marks are drawn by the browser over the text as it stands (CSS custom highlights), so rows and their colours are not touched. */
const mostMarks = 2_000;

/** Marks every match of the pattern in the texts below `root`; null takes the marks away. Browsers without highlights show none; the list of hits stays. */
export function markMatches(root: HTMLElement, pattern: RegExp | null): void {
  if (typeof Highlight === 'undefined' || !('highlights' in CSS)) return;
  if (!pattern) return void CSS.highlights.delete('log-match');
  const ranges: Range[] = [];
  for (const row of root.querySelectorAll<HTMLElement>('[data-row]')) rangesIn(row, pattern, ranges);
  CSS.highlights.set('log-match', new Highlight(...ranges));
}

/** A match may lie across several nodes: colours cut a line into some. */
function rangesIn(row: HTMLElement, pattern: RegExp, ranges: Range[]): void {
  const walker = document.createTreeWalker(row, NodeFilter.SHOW_TEXT);
  const nodes: { node: Text; from: number }[] = [];
  let text = '';
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    nodes.push({ node: node as Text, from: text.length });
    text += node.nodeValue ?? '';
  }
  const place = (at: number): [Text, number] | null => {
    const found = nodes.findLast(({ from }) => from <= at);
    return found ? [found.node, at - found.from] : null;
  };
  const all = new RegExp(pattern, `${pattern.flags}g`);
  for (const match of text.slice(0, 20_000).matchAll(all)) {
    const [start, end] = [place(match.index), place(match.index + match[0].length - 1)];
    if (match[0] === '' || !start || !end) continue;
    const range = new Range();
    range.setStart(...start);
    range.setEnd(end[0], end[1] + 1);
    ranges.push(range);
    if (ranges.length >= mostMarks) return;
  }
}
