import { ExternalLink } from 'lucide-react';

interface OpenPreviewLinkProps {
  workspaceId: string;
  port: number;
  /** Not while no preview can be reached. */
  isUsable: boolean;
}

const look = 'inline-flex h-7 shrink-0 items-center justify-center gap-1.5 rounded-md border border-line-strong bg-surface px-2 text-xs font-medium whitespace-nowrap text-ink';

/** Opens a preview in a tab of its own, by an address that signs this browser in there. A link, because browsers keep windows from opening that nobody clicked for. */
export function OpenPreviewLink({ workspaceId, port, isUsable }: OpenPreviewLinkProps) {
  const words = (
    <>
      <ExternalLink aria-hidden className="size-3.5" />
      Open
    </>
  );
  if (!isUsable) return <span aria-disabled="true" className={`${look} opacity-55`}>{words}</span>;
  return (
    <a href={`/api/workspaces/${workspaceId}/preview/${port}`} target="_blank" rel="noopener noreferrer" aria-label={`Open port ${port} in a new tab`} className={`${look} hover:bg-hover`}>
      {words}
    </a>
  );
}
