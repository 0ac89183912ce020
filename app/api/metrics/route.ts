import { errorResponse } from '@/server/error-response';
import { readMetrics } from '@/server/system/metrics/read-metrics';

export const dynamic = 'force-dynamic';

/** Numbers for Prometheus: for callers on this machine, or with the token of ANYON_METRICS_TOKEN. */
export async function GET(request: Request): Promise<Response> {
  try {
    const { text, contentType } = await readMetrics(request.headers);
    return new Response(text, { headers: { 'content-type': contentType, 'cache-control': 'no-store' } });
  } catch (error) {
    return errorResponse(error);
  }
}
