/**
 * Bytes as a person reads them: `1.5 GiB`, below one GiB `312 MiB`. What is free is rounded down and what is needed up, so
 * that the two are never the same words when one does not fit into the other.
 */
export function bytesInWords(bytes: number, rounding: 'down' | 'up' = 'down'): string {
  const round = rounding === 'up' ? Math.ceil : Math.floor;
  const gib = bytes / 1024 ** 3;
  return gib >= 1 ? `${(round(gib * 10) / 10).toFixed(1)} GiB` : `${round(bytes / 1024 ** 2)} MiB`;
}
