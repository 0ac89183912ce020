'use client';

import { previewOrigin } from '@/contract/preview';
import { OpenPreviewLink } from '@/components/previews/open-preview-link';
import { CopyButton } from '@/components/ui/copy-button';

interface PortRowProps {
  workspaceId: string;
  port: number;
  program: string | null;
  base: string | null;
  isUsable: boolean;
}

/** One port with the program behind it, its address, and the way there. */
export function PortRow({ workspaceId, port, program, base, isUsable }: PortRowProps) {
  const address = base === null ? null : `${previewOrigin(base, { workspaceId, port })}/`;
  return (
    <li className="grid grid-cols-[minmax(0,1fr)_auto] items-center gap-x-4 gap-y-1 px-4 py-2.5 text-sm md:grid-cols-[4rem_minmax(0,14rem)_minmax(0,1fr)_auto]">
      <span className="font-mono font-medium tabular-nums">{port}</span>
      <span className="min-w-0 truncate text-ink-soft max-md:col-start-1 max-md:row-start-2" title={program ?? undefined}>
        {program ?? 'program not known'}
      </span>
      <span className="min-w-0 truncate font-mono text-xs text-ink-faint max-md:hidden" title={address ?? undefined}>
        {address}
      </span>
      <span className="flex items-center gap-1 max-md:col-start-2 max-md:row-span-2 max-md:row-start-1">
        {address !== null && <CopyButton text={address} label={`Copy the address of port ${port}`} />}
        <OpenPreviewLink workspaceId={workspaceId} port={port} isUsable={isUsable} />
      </span>
    </li>
  );
}
