'use client';

import { SendHorizontal, Zap } from 'lucide-react';
import { useState } from 'react';
import type { SendFollowUp } from '@/components/steering/use-send-follow-up';
import { Button } from '@/components/ui/button';
import { Dialog, DialogFooter } from '@/components/ui/dialog';

/** Send, and where something is before it, send now: that interrupts a run that is on, so it asks once. */
export function SendButtons({ send, isOn, others }: { send: SendFollowUp; isOn: boolean; others: number }) {
  const [asking, setAsking] = useState(false);
  const empty = send.text.trim() === '';
  const sendNow = () => {
    setAsking(false);
    send.submit(true);
  };
  return (
    <div className="ml-auto flex gap-2">
      {(isOn || others > 0) && (
        <Button size="small" icon={<Zap aria-hidden className="size-3.5" />} disabled={empty || send.busy} onClick={() => (isOn ? setAsking(true) : sendNow())}>
          Send now
        </Button>
      )}
      <Button size="small" variant="primary" busy={send.busy} disabled={empty} icon={<SendHorizontal aria-hidden className="size-3.5" />} title="Ctrl+Enter or ⌘Enter" onClick={() => send.submit(false)}>
        {isOn || others > 0 ? 'Add to queue' : 'Send'}
      </Button>
      <Dialog open={asking} onClose={() => setAsking(false)} title="Interrupt Claude and send this?">
        <p className="text-ink-soft">The run that is on is stopped where it is; its changes stay. What you wrote comes next, and Claude knows what it was doing.</p>
        <DialogFooter>
          <Button onClick={() => setAsking(false)}>Let it go on</Button>
          <Button variant="primary" onClick={sendNow}>
            Interrupt and send
          </Button>
        </DialogFooter>
      </Dialog>
    </div>
  );
}
