import type { GitHubToken } from '@/server/connections/github/github-health';
import type { SecretFile } from '@/server/secrets/injection/secret-file';

/** The file `github`, which docker/claude-code/git-credential-anyon reads: it answers for this host and no other. */
export function gitTokenFile({ secretId, version, name, value, host, login }: GitHubToken): SecretFile {
  return { name: 'github', value: `host=${host}\nlogin=${login}\ntoken=${value}\n`, secret: { id: secretId, version, name } };
}

/** True when git would send the token to the server of this repository. */
export function isTokenFor({ host }: Pick<GitHubToken, 'host'>, repositoryUrl: string): boolean {
  const url = URL.parse(repositoryUrl);
  if (url === null) return false;
  // URL leaves out the port that goes without saying, and so does the helper.
  if (url.protocol === 'https:') return url.host === host.toLowerCase().replace(/:443$/, '');
  return url.protocol === 'http:' && /:\d+$/.test(host) && url.host === host.toLowerCase();
}
