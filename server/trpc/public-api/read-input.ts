import { TRPCError } from '@trpc/server';
import { z } from 'zod';
import { AnyonError } from '@/server/errors';
import type { MatchedEndpoint } from '@/server/trpc/public-api/match-endpoint';
import { withBoundedBody } from '@/server/trpc/request-body';

/** A prompt has up to 262,144 characters, of up to six bytes each once escaped. */
const MAX_BODY_BYTES = 2 * 1024 * 1024;

/** What a request asks for: out of its address, and its query (GET, DELETE) or its JSON body. Throws `invalid` with a complaint by field. */
export async function readInput(request: Request, { endpoint, inAddress }: MatchedEndpoint): Promise<Record<string, unknown>> {
  const given = endpoint.method === 'POST' ? await readBody(request) : readQuery(new URL(request.url).searchParams, endpoint.input);
  const twice = Object.keys(given).find((name) => name in inAddress);
  if (twice) throw new AnyonError('invalid', `“${twice}” is part of the address. Leave it out here.`);
  const parsed = endpoint.input.safeParse({ ...given, ...inAddress });
  if (parsed.success) return parsed.data;
  // What stands in an address and cannot be an id names nothing.
  if (parsed.error.issues.every(({ path }) => String(path[0]) in inAddress)) throw new AnyonError('not_found', 'There is nothing at this address, or it is not yours.');
  throw new TRPCError({ code: 'BAD_REQUEST', message: 'The input is wrong.', cause: parsed.error });
}

async function readBody(request: Request): Promise<Record<string, unknown>> {
  const bounded = await withBoundedBody(request, MAX_BODY_BYTES);
  if (!bounded) throw new TRPCError({ code: 'PAYLOAD_TOO_LARGE', message: 'The request is larger than 2 MiB.' });
  const text = await bounded.text();
  if (text === '') return {};
  if (!/^application\/json\s*(;|$)/i.test(request.headers.get('content-type') ?? '')) throw new TRPCError({ code: 'UNSUPPORTED_MEDIA_TYPE', message: 'Send the body as application/json.' });
  const body = z.record(z.string(), z.unknown()).safeParse(parseJson(text));
  if (!body.success) throw new AnyonError('invalid', 'The body is no JSON object.');
  return body.data;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** Query values are texts; what the input wants as a number or a truth value is made one, and anything else is left for it to refuse. */
function readQuery(query: URLSearchParams, input: z.ZodObject): Record<string, unknown> {
  const names = [...query.keys()];
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice !== undefined) throw new AnyonError('invalid', `“${twice.slice(0, 50)}” is given more than once.`);
  return Object.fromEntries([...query].map(([name, text]) => [name, valueOf(text, Object.hasOwn(input.shape, name) ? input.shape[name] : undefined)]));
}

function valueOf(text: string, wanted: z.core.$ZodType | undefined): unknown {
  if (!wanted || z.safeParse(wanted, text).success) return text;
  if (text === 'true' || text === 'false') return text === 'true';
  return /^-?\d{1,17}(\.\d{1,17})?$/.test(text) ? Number(text) : text;
}
