/** What came of asking GitHub for consent, as it stands in `?github=` of /settings. */
const sentences = {
  connected: 'GitHub is connected.',
  denied: 'You did not give your consent on GitHub. Nothing has changed.',
  stale: 'GitHub’s answer does not belong to a request of this browser, or it came too late. Connect again.',
  refused: 'GitHub did not hand out a token. Connect again; if it stays like this, the reason is in the server’s log.',
  unavailable: 'GitHub does not answer at this moment. Connect again later.',
  limited: 'That was too often. Wait a minute, then connect again.',
  'not-offered': 'This install cannot ask GitHub for consent. Paste a token.',
} as const;

export type GitHubConsentOutcome = keyof typeof sentences;

/** The sentence for an outcome from the address bar, where anybody can write; null for one that nobody knows. */
export function gitHubConsentSentence(outcome: string | null): string | null {
  return outcome !== null && Object.hasOwn(sentences, outcome) ? sentences[outcome as GitHubConsentOutcome] : null;
}
