import { randomBytes } from 'node:crypto';

/** What the headers depend on. */
export interface HeaderSettings {
  /** Address of Anyon as browsers see it. */
  readonly publicUrl: string;
  /** Address of GitHub: the sign-in form ends there by a redirect, and browsers apply `form-action` to it. */
  readonly githubUrl: string;
  /** `next dev` needs eval and inline styles. */
  readonly development: boolean;
}

/** A nonce for the scripts and styles of one page. */
export function newNonce(): string {
  return randomBytes(16).toString('base64');
}

/** What a page may load and do: scripts of this page alone (by nonce), nothing framed, no plug-ins, forms to us and GitHub. */
export function pagePolicy(nonce: string, settings: HeaderSettings): string {
  const github = new URL(settings.githubUrl).origin;
  const avatars = github === 'https://github.com' ? 'https://avatars.githubusercontent.com' : github;
  return [
    `default-src 'self'`,
    `script-src 'self' 'nonce-${nonce}' 'strict-dynamic'${settings.development ? ` 'unsafe-eval'` : ''}`,
    `style-src 'self' ${settings.development ? `'unsafe-inline'` : `'nonce-${nonce}'`}`,
    `style-src-attr 'unsafe-inline'`, // React writes style attributes: widths, virtual rows
    `img-src 'self' data: ${avatars}`,
    `font-src 'self'`,
    `connect-src 'self'`,
    `object-src 'none'`,
    `base-uri 'none'`,
    `form-action 'self' ${github}`,
    `frame-ancestors 'none'`,
  ].join('; ');
}

/** What an answer of the API may do when a browser shows it as a page: nothing. */
export const API_POLICY = `default-src 'none'; frame-ancestors 'none'; sandbox`;

/** The headers that every answer carries, whatever it is. */
export function commonHeaders(settings: HeaderSettings): Record<string, string> {
  return {
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'same-origin', // a sign-in link carries a token in its address
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'permissions-policy': 'camera=(), microphone=(), geolocation=()',
    ...(settings.publicUrl.startsWith('https:') && { 'strict-transport-security': 'max-age=31536000' }),
  };
}
