import { env } from '@/server/env';
import { openApiDocument } from '@/server/trpc/public-api/openapi-document';

export const dynamic = 'force-dynamic';

/** The description of the public API, for whoever makes a client of it. It holds nothing of anybody, so it is open. */
export function GET(): Response {
  return Response.json(openApiDocument(env().publicUrl), { headers: { 'cache-control': 'no-store' } });
}
