/** The shapes of tokens of Claude, GitHub and Anyon itself, as the masker knows them (server/secrets/mask-token-patterns.ts). */
const knownToken = /sk-ant-[A-Za-z0-9]{1,32}-[A-Za-z0-9_-]{8,}|github_pat_[A-Za-z0-9_]{22,}|gh[pousr]_[A-Za-z0-9]{36,}|anyon_[A-Za-z0-9]{38,}/;
/** Also those that begin inside of another. */
const everyToken = new RegExp(`(?=(${knownToken.source}))`, 'g');

/** True if a token is in the text. Such texts are refused where they would be stored and used for long: they would be of no use masked. */
export function hasKnownToken(text: string): boolean {
  return knownToken.test(text);
}

/** The text with `*` for every character of a token. For the process's own log, which is below the masker. */
export function withoutKnownTokens(text: string): string {
  if (!knownToken.test(text)) return text;
  let masked = text;
  for (const { index, 1: token = '' } of text.matchAll(everyToken)) masked = masked.slice(0, index) + '*'.repeat(token.length) + masked.slice(index + token.length);
  return masked;
}

/** What is said of a `what` (a set-up script, an address) with a token in it. */
export function tokenRefusal(what: string): string {
  return `There is an access token in ${what}, where everybody could read it who sees the workspace. Take it out and keep it under Settings → Secrets; runs read it from a file in $ANYON_SECRETS_DIR/env.`;
}
