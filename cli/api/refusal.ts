import { z } from 'zod';
import { CliError } from '@/cli/cli-error';
import { errorKindSchema, type ErrorKind } from '@/contract/error-kind';

/** What Anyon answers when it refuses: its own sentence and the kind. Everything else comes from something in between. */
const problemSchema = z.object({ kind: errorKindSchema.optional(), detail: z.string().optional(), message: z.string().optional(), title: z.string().optional(), fields: z.record(z.string(), z.array(z.string())).optional() });

const kinds: Record<number, ErrorKind> = { 400: 'invalid', 401: 'unauthenticated', 403: 'forbidden', 404: 'not_found', 409: 'conflict', 410: 'gone', 412: 'precondition', 413: 'invalid', 422: 'invalid', 429: 'limit_reached' };
const LONGEST_ANSWER = 64 * 1024;

/** The error that an answer stands for: in Anyon's words where they are Anyon's. */
export async function refusal(response: Response, url: string): Promise<CliError> {
  const retryAfterSeconds = seconds(response.headers.get('retry-after'));
  if (response.status >= 300 && response.status < 400) {
    await response.body?.cancel();
    return new CliError('invalid', `${url} redirects to ${response.headers.get('location') ?? 'somewhere else'}. If that is your Anyon, sign in with that address: \`anyon login --url …\`.`);
  }
  const said = problemIn((await response.text().catch(() => '')).slice(0, LONGEST_ANSWER));
  const kind = said?.kind ?? kinds[response.status] ?? (response.status >= 500 ? 'unavailable' : 'internal');
  return new CliError(kind, said?.words ?? `${url} answered with ${response.status}, which is not Anyon’s word. Is this the right address, and is it running?`, { retryAfterSeconds });
}

/** The error that Anyon tells of in mid-stream. */
export function problemError(data: string): CliError {
  const said = problemIn(data);
  return new CliError(said?.kind ?? 'unavailable', said?.words ?? 'Anyon has ended the stream.');
}

/** The kind and the sentence of a problem, with what is wrong with each field; null for what is none. */
function problemIn(text: string): { kind: ErrorKind | undefined; words: string } | null {
  const problem = problemSchema.safeParse(parseJson(text));
  const words = problem.success ? (problem.data.detail ?? problem.data.message ?? problem.data.title) : undefined;
  if (!problem.success || words === undefined) return null;
  const fields = Object.entries(problem.data.fields ?? {}).flatMap(([name, complaints]) => complaints.filter((complaint) => !words.includes(complaint)).map((complaint) => `${name}: ${complaint}`));
  return { kind: problem.data.kind, words: [words, ...fields].join('\n  ') };
}

function seconds(header: string | null): number | null {
  const value = Number(header ?? Number.NaN);
  return Number.isFinite(value) && value >= 0 ? Math.min(value, 3600) : null;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
