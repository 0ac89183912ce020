import type { SystemCheck } from '@/contract/system-status';
import { env } from '@/server/env';
import { inOrder, warning } from '@/server/system/check';

/** Whether cookies and tokens travel in the clear. */
export async function checkPublicAddress(): Promise<SystemCheck[]> {
  const { publicUrl, ANYON_HOST } = env();
  return [judgePublicAddress(publicUrl, ANYON_HOST)];
}

export function judgePublicAddress(publicUrl: string, host: string): SystemCheck {
  const { protocol, hostname } = new URL(publicUrl);
  const name = 'Address';
  const local = hostname === 'localhost' || hostname.endsWith('.localhost') || hostname === '[::1]' || hostname.startsWith('127.');
  if (protocol === 'https:') return inOrder(name, `${publicUrl}, with TLS`);
  if (!local) return warning(name, `People open Anyon at ${publicUrl}, without TLS: whoever is on the way can read sign-ins and everything else.`, 'Put a reverse proxy with a certificate in front (docs/DEPLOYMENT.md), and set ANYON_URL to its https:// address.');
  if (['0.0.0.0', '::'].includes(host)) return warning(name, `Anyon listens on all addresses of this machine (ANYON_HOST=${host}), without TLS, and takes itself for ${publicUrl}.`, 'Take ANYON_HOST out, or set ANYON_URL to the address that people use.');
  return inOrder(name, `${publicUrl}, on this machine`);
}
