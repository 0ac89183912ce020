'use client';

import { Bell, BellOff, BellRing } from 'lucide-react';
import { switchNotifications, useNotifyState, type NotifyState } from '@/components/board/notifications';
import { Button } from '@/components/ui/button';

const words: Record<Exclude<NotifyState, 'impossible'>, { label: string; title: string }> = {
  off: { label: 'Notify me', title: 'This browser tells you when a run needs you or is done, while you are not looking.' },
  on: { label: 'Notifying', title: 'This browser tells you when a run needs you or is done, while you are not looking. Press to switch it off.' },
  refused: { label: 'Blocked', title: 'The browser does not allow notifications of this site. Allow them in its settings for this address, then press again.' },
};
const icons = { off: Bell, on: BellRing, refused: BellOff };

/** Switches the notifications of this browser; absent where it cannot show any (no HTTPS, or an old one). */
export function NotifySwitch() {
  const state = useNotifyState();
  if (state === 'impossible') return null;
  const { label, title } = words[state];
  const Icon = icons[state];
  return (
    <Button variant="quiet" title={title} aria-pressed={state === 'on'} icon={<Icon aria-hidden className="size-4" />} onClick={() => void switchNotifications(state !== 'on')}>
      {label}
    </Button>
  );
}
