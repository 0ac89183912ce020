/** What of the settings concerns previews. */
interface PreviewSettings {
  ANYON_PREVIEW_PORT?: number | undefined;
  ANYON_PREVIEW_URL?: string | undefined;
  ANYON_PORT: number;
  /** Ports of the other parts. */
  otherPorts: readonly number[];
  /** Where people open Anyon. */
  publicUrl: string;
}

export interface PreviewAddress {
  /** The port that the gateway listens on. */
  previewPort: number;
  /** Address below which each preview has a host of its own; null while there is none that browsers elsewhere could find. */
  previewUrl: string | null;
}

/**
 * Where previews are. Without settings: the first port above Anyon's that no other part has, and hosts below `localhost`, which browsers take for
 * their own machine. That suits whoever opens Anyon there, so also through a forwarded port; anybody else needs a domain.
 */
export function previewAddress(settings: PreviewSettings): PreviewAddress {
  const { ANYON_PREVIEW_PORT: given, ANYON_PREVIEW_URL: url, ANYON_PORT: ours, otherPorts, publicUrl } = settings;
  let previewPort = given ?? ours + 1;
  if (given === undefined) while (otherPorts.includes(previewPort) || previewPort > 65_535) previewPort = previewPort > 65_535 ? 1024 : previewPort + 1;
  if (url !== undefined) return { previewPort, previewUrl: new URL(url).origin };
  return { previewPort, previewUrl: isThisMachine(new URL(publicUrl).hostname) ? `http://localhost:${previewPort}` : null };
}

function isThisMachine(hostname: string): boolean {
  return hostname === 'localhost' || hostname.endsWith('.localhost') || hostname === '[::1]' || /^127(?:\.\d+){3}$/.test(hostname);
}

/** What is wrong with the settings of previews, each with its variable. */
export function previewProblems(settings: PreviewSettings): { variable: 'ANYON_PREVIEW_PORT' | 'ANYON_PREVIEW_URL'; message: string }[] {
  const { ANYON_PREVIEW_PORT: port, ANYON_PREVIEW_URL: url, ANYON_PORT: ours, otherPorts, publicUrl } = settings;
  const problems: ReturnType<typeof previewProblems> = [];
  if (port !== undefined && [ours, ...otherPorts].includes(port)) problems.push({ variable: 'ANYON_PREVIEW_PORT', message: 'is the port of another part of Anyon' });
  const problem = url === undefined ? null : addressProblem(url, publicUrl);
  if (problem !== null) problems.push({ variable: 'ANYON_PREVIEW_URL', message: problem });
  return problems;
}

function addressProblem(url: string, publicUrl: string): string | null {
  const { protocol, hostname, pathname, search, hash, username } = new URL(url);
  const ours = new URL(publicUrl);
  if (protocol !== 'http:' && protocol !== 'https:') return 'must begin with http:// or https://';
  if (pathname !== '/' || search !== '' || hash !== '' || username !== '') return 'must be an address without a path, such as https://preview.example.com';
  if (/^[\d.]+$|^\[/.test(hostname)) return 'must be a domain, not an address in numbers: each preview is a name below it';
  if (hostname === 'localhost') return null;
  if (!hostname.includes('.')) return 'must be a domain with a dot, such as preview.example.com, or localhost';
  // Cookies that a page sets for a domain reach every host below it.
  if (ours.hostname === hostname || ours.hostname.endsWith(`.${hostname}`)) return "must not be a domain that Anyon's own host is below: pages of previews could set cookies for Anyon";
  if (ours.protocol === 'https:' && protocol !== 'https:') return 'must begin with https://, as ANYON_URL does';
  return null;
}
