import { GitBranch } from 'lucide-react';

/** `owner/repository` and the branch; the whole address on hover. */
export function RepositoryLabel({ url, branch }: { url: string; branch: string | null }) {
  return (
    <span className="flex min-w-0 flex-wrap items-center gap-x-2 text-ink-soft" title={url}>
      <span className="min-w-0 truncate">{shortRepository(url)}</span>
      <span className="inline-flex min-w-0 items-center gap-1">
        <GitBranch aria-hidden className="size-3.5 shrink-0" />
        <span className="truncate">{branch ?? 'default branch'}</span>
      </span>
    </span>
  );
}

/** The path of the address without `.git`; the host is left to the hover text. */
export function shortRepository(address: string): string {
  const url = URL.parse(address);
  return url ? url.pathname.replace(/^\/|\.git$|\/$/g, '') || url.host : address;
}
