/** What a stored line holds; null where nothing was stored of it, and for half a line, as a kill leaves one. */
export function jsonOf(payload: string | null): unknown {
  try {
    return JSON.parse(payload ?? 'null');
  } catch {
    return null;
  }
}
