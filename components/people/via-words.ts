import type { SignInVia } from '@/contract/person';

/** How somebody came in. */
export const viaWords: Record<SignInVia, string> = { setup_token: 'by a one-time link', github: 'by GitHub', pat: 'by a GitHub token' };
