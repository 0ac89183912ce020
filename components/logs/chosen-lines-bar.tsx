'use client';

import { Copy, Download, Link as LinkIcon, X } from 'lucide-react';
import { useState } from 'react';
import { Button, IconButton } from '@/components/ui/button';
import { writeClipboard } from '@/components/ui/copy-button';
import { runLogUrl } from '@/components/logs/run-log-range';
import type { ChosenLines } from '@/components/logs/use-chosen-lines';

/** More than this is for a download. */
const mostCopied = 8 * 1024 * 1024;

/** What can be done with the lines that were chosen: copy, link, download. */
export function ChosenLinesBar({ runId, lines: { stream, from, to }, onClear }: { runId: string; lines: ChosenLines; onClear: () => void }) {
  const [said, setSaid] = useState<string | null>(null);
  const range = from === to ? `${from + 1}` : `${from + 1}-${to + 1}`;
  const address = `${runLogUrl(runId, stream)}&lines=${range}`;
  const copy = async () => setSaid(await copyLines(address));
  const link = async () => {
    await writeClipboard(location.href);
    setSaid('Link copied.');
  };
  return (
    <div className="flex flex-wrap items-center gap-1 pb-2 text-xs text-ink-soft">
      <span className="mr-1">
        {from === to ? `Line ${(from + 1).toLocaleString('en')}` : `${(to - from + 1).toLocaleString('en')} lines`} of the {stream === 'err' ? 'error output' : 'output'}
      </span>
      <Button size="small" variant="quiet" icon={<Copy aria-hidden className="size-3.5" />} onClick={() => void copy()}>
        Copy
      </Button>
      <Button size="small" variant="quiet" icon={<LinkIcon aria-hidden className="size-3.5" />} onClick={() => void link()}>
        Copy link
      </Button>
      <a href={`${address}&download=1`} download className="inline-flex h-7 items-center gap-1.5 rounded-md px-2 font-medium hover:bg-hover hover:text-ink">
        <Download aria-hidden className="size-3.5" />
        Download
      </a>
      <IconButton label="Choose no lines" onClick={onClear}>
        <X aria-hidden />
      </IconButton>
      <span role="status">{said}</span>
    </div>
  );
}

async function copyLines(address: string): Promise<string> {
  try {
    const response = await fetch(address, { cache: 'no-store' });
    if (!response.ok) return 'These lines could not be read. Try again.';
    if (Number(response.headers.get('content-length')) > mostCopied) {
      await response.body?.cancel();
      return 'That is too much to copy. Download it.';
    }
    await writeClipboard(await response.text());
    return 'Copied.';
  } catch {
    return 'These lines could not be copied. Try again, or download them.';
  }
}
