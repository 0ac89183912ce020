/** The shapes of tokens of Claude, GitHub and Anyon itself, as the masker knows them (server/secrets/mask-token-patterns.ts). */
const kinds = ['sk-ant-[A-Za-z0-9]{1,32}-[A-Za-z0-9_-]{8,}', 'github_pat_[A-Za-z0-9_]{22,}', 'gh[pousr]_[A-Za-z0-9]{36,}', 'anyon_[A-Za-z0-9]{38,}'];
const knownToken = new RegExp(kinds.join('|'));
/** One that begins inside of another of its kind and reaches further begins with the last characters of that: its beginning is no longer than this. */
const LONGEST_BEGINNING = 12;

/** True if a token is in the text. Such texts are refused where they would be stored and used for long: they would be of no use masked. */
export function hasKnownToken(text: string): boolean {
  return knownToken.test(text);
}

/** The text with `*` for every character of a token, also of those that begin inside of another. For the process's own log, which is below the masker. */
export function withoutKnownTokens(text: string): string {
  if (!knownToken.test(text)) return text;
  const parts: string[] = [];
  let done = 0;
  for (const [from, to] of kinds.flatMap((kind) => placesOf(new RegExp(kind, 'g'), text)).sort(([one], [other]) => one - other)) {
    if (to <= done) continue;
    if (from > done) parts.push(text.slice(done, from));
    parts.push('*'.repeat(to - Math.max(from, done)));
    done = to;
  }
  return parts.join('') + text.slice(done);
}

function placesOf(kind: RegExp, text: string): [number, number][] {
  const places: [number, number][] = [];
  for (let match = kind.exec(text); match; match = kind.exec(text)) {
    const end = match.index + match[0].length;
    places.push([match.index, end]);
    kind.lastIndex = Math.max(match.index + 1, end - LONGEST_BEGINNING);
  }
  return places;
}

/** What is said of a `what` (a set-up script, an address) with a token in it. */
export function tokenRefusal(what: string): string {
  return `There is an access token in ${what}, where everybody could read it who sees the workspace. Take it out and keep it under Settings → Secrets; runs read it from a file in $ANYON_SECRETS_DIR/env.`;
}
