/** One line of the readable log: what happened, in a few words. */
export interface LogSummary {
  kind: 'session' | 'text' | 'thinking' | 'tool' | 'tool-result' | 'tool-error' | 'prompt' | 'result' | 'result-error' | 'note';
  label: string;
  text: string;
}
