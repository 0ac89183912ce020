/** An open list of options, as the keyboard sees it. `active` is the option that Enter takes; -1 for none. */
export interface ListState {
  open: boolean;
  active: number;
}

/** What a key does: another state, the option it takes, or nothing of the list's (null), so that the key keeps its own meaning. */
export type KeyEffect = { state: ListState; takes?: number } | null;

/** The keys of a combobox whose focus stays in its text: arrows walk around the ends, Enter takes, Escape closes the list and nothing behind it. */
export function pressKey(key: string, { open, active }: ListState, count: number): KeyEffect {
  const at = (index: number): KeyEffect => ({ state: { open: true, active: index } });
  if (key === 'ArrowDown') return open ? at(count === 0 ? -1 : (active + 1) % count) : at(count === 0 ? -1 : 0);
  if (key === 'ArrowUp') return open ? at(count === 0 ? -1 : active <= 0 ? count - 1 : active - 1) : at(count - 1);
  if (!open) return null;
  if (key === 'Escape') return { state: closed };
  if (key === 'Enter' && active >= 0 && active < count) return { state: closed, takes: active };
  return null;
}

export const closed: ListState = { open: false, active: -1 };
