import type { z } from 'zod';
import type { TokenScope } from '@/contract/api-token';
import type { ErrorKind } from '@/contract/error-kind';

/** Where the public API lies below the address of Anyon. */
export const PUBLIC_API_BASE = '/api/v1';

/**
 * One address of the public API, and the procedure behind it: the same rules hold for both. `input` is all that it takes: what `path` names in braces comes
 * out of the address; the rest is the query of a GET and the JSON body of everything else.
 */
export interface PublicEndpoint {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** Below PUBLIC_API_BASE. */
  readonly path: `/${string}`;
  /** What a token must be allowed; null: any token that counts. */
  readonly scope: TokenScope | null;
  /** The path of the tRPC procedure that carries it out; null: it is about the token itself. */
  readonly procedure: string | null;
  readonly summary: string;
  readonly description?: string;
  readonly input: z.ZodObject;
  /** `json`: one answer. `page`: one part of a list, asked on with `after`. `bytes`: a log. `events`: server-sent events, each a JSON text. */
  readonly answers: 'json' | 'page' | 'bytes' | 'events';
  /** Of the answer, of an item of a page, or of an event. */
  readonly output: z.ZodType;
  /** 200 where nothing else is said; 201: it made something; 202: it goes on in the background. */
  readonly status?: 201 | 202;
  /** With an Idempotency-Key it is carried out once, however often it is asked for. */
  readonly idempotent?: true;
}

/** A list comes in pages: `next` is what to ask on with as `after`, null at its end. */
export interface PublicPage<Item> {
  items: Item[];
  next: string | null;
}

/** What every refusal of the public API is, as application/problem+json (RFC 9457). */
export interface PublicProblem {
  /** The kind in words. */
  title: string;
  status: number;
  /** A sentence that a person can act on. */
  detail: string;
  kind: ErrorKind;
  /** Complaints by field, where the input was wrong. */
  fields?: Record<string, string[]>;
  /** Names the request in Anyon's own log. */
  requestId: string;
}
