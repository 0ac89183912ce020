'use client';

import { Button } from '@/components/ui/button';
import { Dialog, DialogFooter } from '@/components/ui/dialog';

/** Where a link in a terminal leads, before it is opened: its text may say something else. */
export function TerminalLink({ address, onClose }: { address: string | null; onClose: () => void }) {
  const open = () => {
    if (address !== null) window.open(address, '_blank', 'noopener,noreferrer');
    onClose();
  };
  return (
    <Dialog open={address !== null} onClose={onClose} title="Open this address?">
      <p className="font-mono text-sm [overflow-wrap:anywhere]">{address}</p>
      <p className="text-ink-soft">It was printed by a program in the workspace. It opens in a new tab.</p>
      <DialogFooter>
        <Button onClick={onClose}>Cancel</Button>
        <Button variant="primary" onClick={open}>
          Open
        </Button>
      </DialogFooter>
    </Dialog>
  );
}
