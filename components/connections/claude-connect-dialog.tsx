'use client';

import { useState } from 'react';
import { isFinalLogin, type ClaudeLogin } from '@/contract/claude-login';
import type { ClaudeConnection, ClaudeMethod } from '@/contract/connection';
import { ClaudeAccountForm } from '@/components/connections/claude-account-form';
import { ClaudeLoginSteps } from '@/components/connections/claude-login-steps';
import { ClaudeSubscriptionStart } from '@/components/connections/claude-subscription-start';
import { claudeMethodChoices } from '@/components/connections/claude-words';
import { Dialog } from '@/components/ui/dialog';
import { RadioCards } from '@/components/ui/radio-cards';

interface DialogProps {
  open: boolean;
  /** The sign-in that is under way, or the last one. */
  login: ClaudeLogin | null;
  connection: ClaudeConnection | null;
  onClose: () => void;
}

/** Connects an account: first the way, then what it needs. A sign-in goes on while the dialog is closed; what was typed goes with it. */
export function ClaudeConnectDialog({ open, login, connection, onClose }: DialogProps) {
  const [followed, setFollowed] = useState<string | null>(null);
  // How a sign-in ended is shown to whoever has seen it going on.
  if (login && !isFinalLogin(login.status) && followed !== login.id) setFollowed(login.id);
  const shown = login?.id === followed ? login : null;
  const close = () => {
    if (shown && isFinalLogin(shown.status)) setFollowed(null);
    onClose();
  };
  const title = shown ? 'Sign in with your Claude subscription' : connection ? 'Reconnect Claude' : 'Connect Claude';
  return (
    <Dialog open={open} onClose={close} title={title} wide>
      {shown ? <ClaudeLoginSteps key={shown.id} login={shown} onClose={close} onOtherWay={() => setFollowed(null)} /> : <Choice initial={connection?.method ?? 'subscription'} onClose={close} />}
    </Dialog>
  );
}

function Choice({ initial, onClose }: { initial: ClaudeMethod; onClose: () => void }) {
  const [method, setMethod] = useState(initial);
  return (
    <div className="flex flex-col gap-4">
      <RadioCards label="Who answers your runs" value={method} options={claudeMethodChoices} onChange={setMethod} />
      {method === 'subscription' ? <ClaudeSubscriptionStart onClose={onClose} /> : <ClaudeAccountForm key={method} method={method} onClose={onClose} />}
    </div>
  );
}
