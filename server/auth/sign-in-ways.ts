import { offersGitHub } from '@/server/auth/github-provider';
import { env } from '@/server/env';

/** How a person can sign in here, for the pages of the door. The one-time link comes from the terminal. */
export interface SignInWays {
  /** By GitHub's own page; a token of GitHub's works always. */
  readonly github: boolean;
  /** Where tokens are made: github.com or the Enterprise server. */
  readonly githubUrl: string;
  /** What a one-time link does: signs the owner in (local), or makes a GitHub account the first administrator, once (cloud). */
  readonly link: 'owner' | 'first-admin';
}

export function signInWays(): SignInWays {
  return { github: offersGitHub(), githubUrl: env().ANYON_GITHUB_URL, link: env().ANYON_DEPLOYMENT_MODE === 'local' ? 'owner' : 'first-admin' };
}
