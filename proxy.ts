import { NextResponse, type NextRequest } from 'next/server';
import { env } from '@/server/env';
import { API_POLICY, commonHeaders, newNonce, pagePolicy } from '@/server/security-headers';

/**
 * Puts the security headers on every answer. It guards nothing: who may see what is decided by the page or procedure
 * itself. Next reads the nonce from the policy in the *request* headers and stamps its own scripts with it.
 */
export function proxy(request: NextRequest): NextResponse {
  const { publicUrl, ANYON_GITHUB_URL: githubUrl, NODE_ENV } = env();
  const settings = { publicUrl, githubUrl, development: NODE_ENV === 'development' };
  const response = request.nextUrl.pathname.startsWith('/api/') ? forApi() : forPage(request, newNonce(), settings);
  for (const [name, value] of Object.entries(commonHeaders(settings))) response.headers.set(name, value);
  return response;
}

function forPage(request: NextRequest, nonce: string, settings: Parameters<typeof pagePolicy>[1]): NextResponse {
  const policy = pagePolicy(nonce, settings);
  const headers = new Headers(request.headers);
  headers.set('content-security-policy', policy);
  headers.set('x-nonce', nonce);
  const response = NextResponse.next({ request: { headers } });
  response.headers.set('content-security-policy', policy);
  return response;
}

function forApi(): NextResponse {
  const response = NextResponse.next();
  response.headers.set('content-security-policy', API_POLICY);
  return response;
}

export const config = { matcher: '/((?!_next/static/).*)' };
