/**
 * True for a numeric `uid` or `uid:gid` of which neither is 0. Names are refused: the image decides what they mean. The
 * numbers stay below 2^31, the engine's own bound.
 */
export function isNonRootUser(user: string): boolean {
  const match = /^([1-9]\d{0,9})(?::([1-9]\d{0,9}))?$/.exec(user);
  if (match === null) return false;
  return [match[1], match[2]].every((id) => id === undefined || Number(id) < 2 ** 31);
}
