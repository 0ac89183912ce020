import { health, isReady } from '@/server/health';

export const dynamic = 'force-dynamic';

/**
 * 200 whenever the web process can answer; the body says whether the rest is well, and why not. `?probe=ready` answers 503 while
 * nobody can be served, for a proxy in front; `?probe=live` asks for nothing but this process. Open to everybody.
 */
export async function GET(request: Request): Promise<Response> {
  const probe = new URL(request.url).searchParams.get('probe');
  const headers = { 'cache-control': 'no-store' };
  if (probe === 'live') return Response.json({ status: 'ok' }, { headers });
  const found = await health();
  return Response.json(found, { headers, status: probe === 'ready' && !isReady(found) ? 503 : 200 });
}
