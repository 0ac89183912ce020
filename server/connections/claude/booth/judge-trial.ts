import { z } from 'zod';
import type { ExecResult } from '@/server/containers/engine';
import { EGRESS_WORDS } from '@/server/egress/egress-proxy';
import { createMasker } from '@/server/secrets/mask';
import { secretNeedles } from '@/server/secrets/mask-needles';

/** `refused`: the credential does not open anything as it is. `unknown`: nobody said whether it does. Both with a sentence that says what to do. */
export type TrialOutcome = { outcome: 'works' } | { outcome: 'refused' | 'unknown'; reason: string };

const answerShape = z.object({ is_error: z.boolean(), api_error_status: z.number().nullish(), api_error: z.string().nullish(), result: z.string().default('') });

const LONGEST_QUOTE = 300;

/** What the CLI's answer to a trial means. Whatever of it is quoted is masked: a service may repeat the credential in its refusal. */
export function judgeTrial({ stdout, stderr, exitCode }: ExecResult, credential: string): TrialOutcome {
  const answer = readAnswer(stdout.toString());
  const quote = (text: string) => quoted(text, credential);
  if (!answer) return { outcome: 'unknown', reason: `The Claude CLI ended with ${exitCode} and said nothing that could be read${quote(stderr.toString())}. Try again.` };
  if (!answer.is_error) return { outcome: 'works' };
  const { outcome, sentence } = judgeError(answer);
  return outcome === 'works' ? { outcome } : { outcome, reason: `${sentence}${quote(answer.result)}.` };
}

type Answer = z.infer<typeof answerShape>;

function readAnswer(stdout: string): Answer | null {
  const line = stdout.trim().split('\n').at(-1) ?? '';
  try {
    return answerShape.safeParse(JSON.parse(line)).data ?? null;
  } catch {
    return null;
  }
}

interface Verdict {
  outcome: TrialOutcome['outcome'];
  /** Without its full stop. */
  sentence: string;
}

const refused = (sentence: string): Verdict => ({ outcome: 'refused', sentence });
const unknown = (sentence: string): Verdict => ({ outcome: 'unknown', sentence });

function judgeError({ api_error_status: status, api_error: kind, result }: Answer): Verdict {
  // Who is over a limit has been let in.
  if (status === 429) return { outcome: 'works', sentence: '' };
  // The egress proxy answers in its own words, and the CLI takes them for the service's.
  if (result.includes(EGRESS_WORDS)) return unknown('The address may not be reached from here');
  if (kind === 'connection_failed' || unreachable.test(result)) return unknown('The service cannot be reached. Check the address and the region, and whether this server may reach them');
  if (/credit balance|billing|insufficient (?:quota|funds)/i.test(result)) return refused('The account has no credit left. Add some, or use another account');
  if (status === 401) return refused('The credential was not accepted. Check that it is complete, has not expired and was not revoked');
  if (status === 403) return refused('The credential is known, but may not use Claude. Check the rights of the account, and whether it has been revoked');
  if (status === 404) return refused('The service has no such address or model. Check the address, the region and which models the account may use');
  if (status && status >= 500) return unknown('The service does not work at the moment. Try again in a while');
  if (status) return refused(`The service refused the call (${status})`);
  if (/credentials|invalid_grant|invalid_client|private key|DECODER|PEM|authenticat/i.test(result)) return refused('The credential was not accepted. Check that it is complete and still valid');
  return unknown('Claude did not answer as expected');
}

const unreachable = /ENOTFOUND|EAI_AGAIN|getaddrinfo|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ERR_PROXY|Proxy refused|timed out|unable to connect|socket hang up/i;

/** Control characters and the credential taken out, shortened; empty for an empty text. */
function quoted(text: string, credential: string): string {
  const masked = createMasker(secretNeedles([credential])).maskText(text);
  // oxlint-disable-next-line no-control-regex
  const plain = masked.replace(/[\u0000-\u001f\u007f-\u009f]+/g, ' ').trim().replace(/[.\s]+$/, '');
  if (plain === '') return '';
  return `. It said: ${plain.length > LONGEST_QUOTE ? `${plain.slice(0, LONGEST_QUOTE)}…` : plain}`;
}
