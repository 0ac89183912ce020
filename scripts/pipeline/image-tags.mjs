const RELEASE = /^refs\/tags\/(v\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?)$/;

/**
 * The tags of an image by the git ref and commit it is built from: `main` is `latest`, a release `vX.Y.Z` is itself; both have the commit beside
 * them, for who must know exactly what runs. Anything else is built and tested under its commit, and goes to no registry.
 * @param {string} ref such as refs/heads/main @param {string} commit
 * @returns {{tags: string[], published: boolean}}
 */
export function imageTags(ref, commit) {
  if (!/^[0-9a-f]{7,40}$/.test(commit)) throw new Error(`"${commit}" is no commit.`);
  const exact = `sha-${commit.slice(0, 12)}`;
  if (ref === 'refs/heads/main') return { tags: ['latest', exact], published: true };
  const release = RELEASE.exec(ref)?.[1];
  return release ? { tags: [release, exact], published: true } : { tags: [exact], published: false };
}
