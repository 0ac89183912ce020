/**
 * What GitHub refused when git spoke to it. `missing`: it asked for a sign-in and git had none. `token`: it does not know the token
 * that git showed (401: revoked, expired); nothing works with it any more. `access`: it knows the token, which may not do this.
 */
export interface GitRefusal {
  kind: 'missing' | 'token' | 'access';
  /** A sentence that a person can act on; never git's own words, which may hold anything. */
  reason: string;
}

/** Not GitHub's: the egress proxy says no with the same numbers. */
const fromProxy = /Anyon's egress proxy: |from proxy after CONNECT|CONNECT tunnel failed/i;

/** The first that fits counts: GitHub explains a 403 in a line of its own, before git names the number. */
const known: readonly [RegExp, GitRefusal][] = [
  [/SAML SSO|single sign-on/i, { kind: 'access', reason: 'The organisation demands single sign-on: authorize the token for it on GitHub (Settings → Developer settings → Tokens → Configure SSO).' }],
  [/refusing to allow .{0,500}workflow/i, { kind: 'access', reason: 'GitHub refuses the push because it changes a workflow and the token lacks the scope “workflow”. Replace the token with one that has it.' }],
  [/Permission to .{1,500} denied to|Write access to repository not granted|returned error: 403/i, { kind: 'access', reason: 'The GitHub token may not do this with this repository. Give it access on GitHub, or replace it with one that has it.' }],
  [/could not read (Username|Password)|terminal prompts disabled/i, { kind: 'missing', reason: 'The repository asks for a sign-in. Connect GitHub (Settings, Connections).' }],
  [/Authentication failed|Invalid username or (token|password)|Bad credentials|returned error: 401/i, { kind: 'token', reason: 'GitHub refused the token: it was revoked or has expired.' }],
];

/** Tells from what git wrote to stderr, in English, whether GitHub refused it; null when it failed for another reason, or the reason is not told. */
export function gitRefusalIn(stderr: string): GitRefusal | null {
  if (fromProxy.test(stderr)) return null;
  return known.find(([pattern]) => pattern.test(stderr))?.[1] ?? null;
}
