/** `owner/name` of an address on this GitHub host; null for any other address. */
export function gitHubRepositoryName(address: string, host: string): string | null {
  const url = URL.parse(address.trim());
  if (!url || url.host !== host || !/^https?:$/.test(url.protocol)) return null;
  const parts = /^\/(?:.+\/)?([A-Za-z0-9][A-Za-z0-9-]*)\/([A-Za-z0-9._-]+?)(?:\.git)?\/?$/.exec(url.pathname);
  const [, owner, name] = parts ?? [];
  return owner && name && !/^\.{1,2}$/.test(name) ? `${owner}/${name}` : null;
}
