import { offersGitHub } from '@/server/auth/github-provider';

/** How a person can sign in here, for the sign-in page. The one-time link is not among them: it comes from the terminal. */
export interface SignInWays {
  readonly github: boolean;
}

export function signInWays(): SignInWays {
  return { github: offersGitHub() };
}
