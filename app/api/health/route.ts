import { health } from '@/server/health';

export const dynamic = 'force-dynamic';

/** 200 whenever the web process can answer; the body says whether the rest is well. Open to everybody. */
export async function GET(): Promise<Response> {
  return Response.json(await health(), { headers: { 'cache-control': 'no-store' } });
}
