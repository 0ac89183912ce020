/** A row that stands still, and where its top is, in pixels below the top of what can be seen. */
export interface Anchor {
  position: number;
  top: number;
}

/** Height of a row that was not measured yet. */
export const rowHeight = 20;
/** Browsers end at some 17–33 million pixels, and draw less exactly long before. */
const mostPixels = 4_000_000;
/** Up to here the scrollbar counts the true heights; beyond, every row counts the same. */
const exactRows = 1_000;

/** What is known of the rows: how many, and how high each is (0: hidden). */
export interface RowHeights {
  total: number;
  heightOf: (position: number) => number;
}

/** How high the scrolled area is said to be. */
export function areaHeight(rows: RowHeights, viewport: number): number {
  const height = rows.total <= exactRows ? sum(rows, 0, rows.total) : Math.min(rows.total * rowHeight, mostPixels);
  return Math.max(viewport, Math.round(height));
}

/** Where the scrollbar stands for an anchor. */
export function scrollTopOf(anchor: Anchor, rows: RowHeights, viewport: number): number {
  const room = areaHeight(rows, viewport) - viewport;
  if (rows.total <= exactRows) return clamp(sum(rows, 0, anchor.position) - anchor.top, 0, room);
  const whole = rows.total * rowHeight - viewport;
  return clamp(((anchor.position * rowHeight - anchor.top) / whole) * room, 0, room);
}

/** The row at the top for a place of the scrollbar: any row of any number of rows can be reached. */
export function anchorAt(scrollTop: number, rows: RowHeights, viewport: number): Anchor {
  if (rows.total <= exactRows) return moved({ position: 0, top: 0 }, -scrollTop, rows);
  const room = areaHeight(rows, viewport) - viewport;
  const pixels = (scrollTop / Math.max(1, room)) * (rows.total * rowHeight - viewport);
  const position = clamp(Math.floor(pixels / rowHeight), 0, rows.total - 1);
  return { position, top: position * rowHeight - pixels };
}

/** The anchor after everything moved down by `by` pixels: the row that is at the top of what can be seen then. */
export function moved(anchor: Anchor, by: number, rows: RowHeights): Anchor {
  let { position } = anchor;
  let top = anchor.top + by;
  while (top > 0 && position > 0) {
    position -= 1;
    top -= rows.heightOf(position);
  }
  for (let height = rows.heightOf(position); top + height <= 0 && position < rows.total - 1; height = rows.heightOf(position)) {
    top += height;
    position += 1;
  }
  return { position, top: position === 0 ? Math.min(top, 0) : top };
}

/** The rows to draw around an anchor: those that can be seen and some more on both sides. */
export function rangeAround(anchor: Anchor, rows: RowHeights, viewport: number, overscan: number): { from: number; to: number } {
  let from = anchor.position;
  for (let above = anchor.top; from > 0 && above > -overscan; above -= rows.heightOf(from)) from -= 1;
  let to = anchor.position;
  for (let bottom = anchor.top; to < rows.total && bottom < viewport + overscan; to += 1) bottom += rows.heightOf(to);
  return { from, to };
}

/** The rows to draw when the end is at the bottom. */
export function rangeAtEnd(rows: RowHeights, viewport: number, overscan: number): { from: number; to: number } {
  let from = rows.total;
  for (let height = 0; from > 0 && height < viewport + overscan; height += rows.heightOf(from)) from -= 1;
  return { from, to: rows.total };
}

function sum({ heightOf }: RowHeights, from: number, to: number): number {
  let height = 0;
  for (let position = from; position < to; position += 1) height += heightOf(position);
  return height;
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(Math.max(value, least), Math.max(least, most));
}
