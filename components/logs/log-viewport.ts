import type { LineName, LogDocument, LogRow } from '@/components/logs/log-document';
import { anchorAt, areaHeight, moved, rangeAround, rangeAtEnd, rowHeight, scrollTopOf, type Anchor, type RowHeights } from '@/components/logs/scroll-geometry';

const overscan = 400;
const atEndPixels = 24;
const heldHeights = 5_000;
/** Rows that turn out lower than guessed leave a gap, which the next round fills; hidden ones may take several. */
const mostRounds = 8;

/** The scrolled element and, in it, the block of drawn rows: elements with `data-row` (the name) and `data-index` (the position). */
export interface DrawnLog {
  view: HTMLElement;
  content: HTMLElement;
}

/** What is to be drawn. */
export interface LogPicture {
  items: { position: number; row: LogRow }[];
  /** True when the last row is among them. */
  reachesEnd: boolean;
  /** How high the scrolled area is. */
  area: number;
  following: boolean;
}

/**
 * Draws any number of rows of any height around one row that stands still. The anchor is the truth, the scrollbar follows it: small moves move the anchor
 * by as many pixels, large ones (a drag of the scrollbar) choose another by the share of the way. So nothing jumps when rows turn out higher or lower,
 * or more come, and a million rows need no million pixels. At the end the view stays at the end until somebody scrolls up.
 */
export class LogViewport {
  following = true;
  private readonly document: LogDocument;
  private readonly heights = new Map<string, number>();
  private height = 600;
  private anchor: { line: LineName; top: number } | null = null;
  private range = { from: 0, to: 0 };
  private area = 0;
  private lastTop = 0;
  private rounds = 0;

  constructor(document: LogDocument) {
    this.document = document;
  }

  private get rows(): RowHeights {
    const { document, heights } = this;
    const heightOf = (position: number) => {
      const row = document.row(position);
      return row === null ? 0 : (heights.get(rowKey(row)) ?? rowHeight);
    };
    return { total: document.total, heightOf };
  }

  /** What is to be drawn now. */
  picture(): LogPicture {
    const { rows } = this;
    this.range = this.following ? rangeAtEnd(rows, this.height, overscan) : rangeAround(this.present(), rows, this.height, overscan);
    this.area = areaHeight(rows, this.height);
    const items: LogPicture['items'] = [];
    for (let position = this.range.from; position < this.range.to; position += 1) {
      const row = this.document.row(position);
      if (row) items.push({ position, row });
    }
    return { items, reachesEnd: this.range.to === rows.total, area: this.area, following: this.following };
  }

  /** After drawing: puts the block where the anchor is. True when rows were guessed wrong, so that it must be drawn again. */
  place(drawn: DrawnLog): boolean {
    const { view, content } = drawn;
    const wrong = this.measure(content);
    if (!this.following && !wrong && this.isWholeInView(drawn)) {
      this.following = true;
      return true;
    }
    if (this.following) this.placeAtEnd(drawn);
    else this.placeAtAnchor(drawn);
    this.lastTop = view.scrollTop;
    this.rounds = wrong ? this.rounds + 1 : 0;
    return wrong && this.rounds < mostRounds;
  }

  /** There is nothing to scroll: start and end are both there. */
  private isWholeInView({ view, content }: DrawnLog): boolean {
    return this.range.from === 0 && this.range.to === this.document.total && content.offsetHeight <= view.clientHeight;
  }

  private placeAtEnd({ view, content }: DrawnLog): void {
    view.scrollTop = this.area;
    const top = this.range.from === 0 && content.offsetHeight < this.height ? 0 : this.area - content.offsetHeight;
    content.style.transform = `translateY(${top}px)`;
    const first = rowsIn(content).find((row) => top + row.offsetTop + row.offsetHeight > view.scrollTop);
    if (first) this.hold({ position: indexOf(first), top: top + first.offsetTop - view.scrollTop });
  }

  /** No gap above the first row nor below the last, whatever the anchor says. */
  private placeAtAnchor({ view, content }: DrawnLog): void {
    const at = this.present();
    const all = rowsIn(content);
    const row = all.find((each) => indexOf(each) >= at.position) ?? all.at(-1); // the row at the anchor may be hidden by now
    let top = view.scrollTop + at.top - (row?.offsetTop ?? 0);
    if (this.range.to === this.document.total) top = Math.max(top, view.scrollTop + view.clientHeight - content.offsetHeight);
    if (this.range.from === 0) top = Math.min(top, view.scrollTop);
    content.style.transform = `translateY(${top}px)`;
    if (row) this.hold({ position: indexOf(row), top: top + row.offsetTop - view.scrollTop });
  }

  /** Somebody scrolled. Returns how soon the scrollbar may be brought to where the anchor is; null when nothing moved. */
  scrolled({ view, content }: DrawnLog): 'now' | 'later' | null {
    const by = view.scrollTop - this.lastTop;
    if (Math.abs(by) < 1) return null;
    this.lastTop = view.scrollTop;
    const isJump = Math.abs(by) > 3 * this.height;
    const atBottom = view.scrollTop >= this.area - this.height - 1;
    const below = content.getBoundingClientRect().bottom - view.getBoundingClientRect().bottom;
    const atEnd = isJump ? atBottom : this.range.to === this.document.total && below < atEndPixels;
    if (by > 0 && atEnd) this.following = true;
    else if (by < 0 || !this.following) {
      this.hold(isJump ? anchorAt(view.scrollTop, this.rows, this.height) : moved(this.present(), -by, this.rows));
      this.following = false;
    }
    const isStuck = (view.scrollTop <= 0 || atBottom) && !isJump; // there may be more, and no way to scroll to it
    return isStuck ? 'now' : 'later';
  }

  /** Brings the scrollbar to where the anchor is; what is seen does not move. True when it has to be drawn again. */
  settle({ view }: DrawnLog): boolean {
    if (this.following) return false;
    const wanted = scrollTopOf(this.present(), this.rows, this.height);
    if (Math.abs(wanted - view.scrollTop) < 1) return false;
    view.scrollTop = wanted;
    this.lastTop = view.scrollTop;
    return true;
  }

  /** Shows a line, with some of what comes before it. */
  goTo(line: LineName, { view }: DrawnLog): void {
    const isFirst = this.document.positionOf(line) === 0;
    this.anchor = { line, top: isFirst ? 0 : Math.round(this.height / 3) };
    this.following = false;
    view.scrollTop = scrollTopOf(this.present(), this.rows, this.height);
    this.lastTop = view.scrollTop;
  }

  goToStart(drawn: DrawnLog): void {
    if (this.document.total > 0) this.goTo(this.nameAt(0), drawn);
  }

  /** The view has another size; with another width, rows are as high as they turn out to be. */
  resized(height: number, widthChanged: boolean): void {
    if (widthChanged) this.heights.clear();
    this.height = height;
  }

  private present(): Anchor {
    return this.anchor ? { position: this.document.positionOf(this.anchor.line), top: this.anchor.top } : { position: 0, top: 0 };
  }

  private hold({ position, top }: Anchor): void {
    const { total } = this.document;
    if (total > 0) this.anchor = { line: this.nameAt(Math.min(position, total - 1)), top };
  }

  private nameAt(position: number): LineName {
    const { stream, line } = this.document.at(position);
    return { stream, name: line - this.document.tail.shift[stream] };
  }

  private measure(content: HTMLElement): boolean {
    let wrong = false;
    for (const row of rowsIn(content)) {
      const key = row.dataset['row'] ?? '';
      wrong ||= (this.heights.get(key) ?? rowHeight) !== row.offsetHeight;
      this.heights.delete(key);
      this.heights.set(key, row.offsetHeight);
    }
    for (const oldest of this.heights.keys()) {
      if (this.heights.size <= heldHeights) break;
      this.heights.delete(oldest);
    }
    return wrong;
  }
}

export function rowKey({ stream, name }: LineName): string {
  return `${stream}${name}`;
}

function rowsIn(content: HTMLElement): HTMLElement[] {
  return [...content.querySelectorAll<HTMLElement>('[data-row]')];
}

function indexOf(row: HTMLElement): number {
  return Number(row.dataset['index']);
}
