'use client';

import type { CreatedApiToken } from '@/contract/api-token';
import { Button } from '@/components/ui/button';
import { CopyButton } from '@/components/ui/copy-button';
import { DialogFooter } from '@/components/ui/dialog';
import { Notice } from '@/components/ui/notice';

/** The value of a token that was made a moment ago: nobody sees it again. */
export function ShownOnce({ token, value, onClose }: CreatedApiToken & { onClose: () => void }) {
  return (
    <div className="flex flex-col gap-4">
      <Notice kind="warning">Copy it now. It is not stored, so nobody can show it again.</Notice>
      <div className="flex items-center gap-2 rounded-md border border-line bg-sunken py-1.5 pr-2 pl-3">
        <code aria-label={`Value of ${token.name}`} className="min-w-0 flex-1 font-mono text-sm [overflow-wrap:anywhere] select-all">
          {value}
        </code>
        {/* The cursor comes here, so that a second Enter does not send the value away. */}
        <CopyButton autoFocus label="Copy the token" text={value} />
      </div>
      <p className="text-sm text-ink-soft">Keep it where your program keeps its secrets. Whoever has it can do what you have chosen, in your name.</p>
      <DialogFooter>
        <Button variant="primary" onClick={onClose}>
          I have copied it
        </Button>
      </DialogFooter>
    </div>
  );
}
