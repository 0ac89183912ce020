/** Why a sign-in was refused, as it stands in `?error=` of /sign-in and /setup. Those in small letters are ours, the others Auth.js's. */
const sentences = {
  'setup-token-unknown': 'This sign-in link is not valid. Run `npm run up` on the machine to get a new one.',
  'setup-token-used': 'This sign-in link was used already; each works once. Run `npm run up` on the machine to get a new one.',
  'setup-token-expired': 'This sign-in link has expired. Run `npm run up` on the machine to get a new one.',
  'setup-token-not-local': 'Here a sign-in link works only together with a GitHub account. Open the link again and choose how to sign in.',
  'setup-token-bound': 'Anyon has its first administrator already, so sign-in links do not work any more. Sign in with GitHub.',
  'owner-disabled': 'The owner’s account is disabled. Another administrator can enable it again.',
  'pat-unknown': 'GitHub does not know this token, or it has expired. Make a new one and try again.',
  'pat-malformed': 'This is not a GitHub token. It begins with github_pat_ or ghp_.',
  'github-unreachable': 'GitHub does not answer at this moment. Try again.',
  'rate-limited': 'Too many tries. Wait a minute, then try again.',
  AccessDenied: 'This GitHub account may not sign in here. Ask the administrator to add your numeric GitHub id to the list.',
  OAuthCallbackError: 'GitHub did not sign you in. Try again, and confirm on GitHub’s page.',
  Configuration: 'Signing in with GitHub did not work. Try again; if it stays like this, the reason is in the server’s log.',
} as const;

export type SignInErrorCode = keyof typeof sentences;

/** The sentence for a code from the address bar. A code that nobody knows (anybody can type one) gets a general sentence, never itself. */
export function signInErrorSentence(code: string): string {
  return Object.hasOwn(sentences, code) ? sentences[code as SignInErrorCode] : 'Signing in did not work. Try again.';
}
