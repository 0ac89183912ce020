'use client';

import { useMutation, useQueryClient } from '@tanstack/react-query';
import { CircleAlert, CircleCheck, CircleOff, type LucideIcon } from 'lucide-react';
import { useState } from 'react';
import { emailSettingsSchema, type AlertChannelView, type SetAlertChannelInput } from '@/contract/alert';
import { channelNames } from '@/components/alerts/alert-looks';
import { ChannelFacts } from '@/components/alerts/channel-facts';
import { EmailDialog } from '@/components/alerts/email-dialog';
import { SecretChannelDialog } from '@/components/alerts/secret-channel-dialog';
import { errorKind, errorSentence } from '@/components/trpc/error-kind';
import { useTRPC } from '@/components/trpc/trpc';
import { Button } from '@/components/ui/button';
import { FailureNotice } from '@/components/ui/failure-notice';
import { Notice } from '@/components/ui/notice';
import { Card } from '@/components/ui/section';
import { StateBadge, type StateLook } from '@/components/ui/state-badge';

const notes = {
  slack: 'Posts to a channel through an incoming webhook.',
  email: 'Sends messages through your SMTP server.',
  sentry: 'Reports each alert as an event of a project.',
};

/** One channel: how it is doing, set up or change it, switch it off, and try it. */
export function ChannelCard({ view }: { view: AlertChannelView }) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const [editing, setEditing] = useState(false);
  const test = useMutation(trpc.alerts.testChannel.mutationOptions());
  const set = useMutation(trpc.alerts.setChannel.mutationOptions({ onSuccess: (views) => queryClient.setQueryData(trpc.alerts.channels.queryKey(), views) }));
  const isSetUp = inputOf(view, view.enabled) !== null;
  const toggled = inputOf(view, !view.enabled);
  const name = channelNames[view.channel];
  const Editor = view.channel === 'email' ? EmailDialog : SecretChannelDialog;
  return (
    <Card>
      <div role="group" aria-label={name} className="flex flex-col gap-3 p-4">
        <div className="flex flex-wrap items-start justify-between gap-3">
          <div className="min-w-0 flex-1 basis-60">
            <h3 className="flex flex-wrap items-center gap-x-3 font-semibold">
              {name}
              <StateBadge look={lookOf(view, isSetUp)} className="text-sm" />
            </h3>
            <p className="text-sm text-ink-soft">{notes[view.channel]}</p>
          </div>
          <div className="flex flex-wrap gap-2">
            {isSetUp && (
              <Button busy={test.isPending} onClick={() => test.mutate({ channel: view.channel })} aria-label={`Test ${name}`}>
                Test
              </Button>
            )}
            {isSetUp && toggled && (
              <Button busy={set.isPending} onClick={() => set.mutate(toggled)} aria-label={`Switch ${name} ${view.enabled ? 'off' : 'on'}`}>
                {view.enabled ? 'Switch off' : 'Switch on'}
              </Button>
            )}
            <Button variant={isSetUp ? 'plain' : 'primary'} onClick={() => setEditing(true)} aria-label={`${isSetUp ? 'Change' : 'Set up'} ${name}`}>
              {isSetUp ? 'Change' : 'Set up'}
            </Button>
          </div>
        </div>
        {isSetUp && <ChannelFacts view={view} />}
        {test.data && <Notice kind={test.data.delivered ? 'info' : 'failure'}>{test.data.outcome}</Notice>}
        {(test.error ?? set.error) && <FailureNotice message={errorSentence(test.error ?? set.error)} kind={errorKind(test.error ?? set.error)} />}
      </div>
      <Editor view={view} open={editing} onClose={() => setEditing(false)} />
    </Card>
  );
}

/** What is stored, to be stored again; null while there is too little. */
function inputOf(view: AlertChannelView, enabled: boolean): SetAlertChannelInput | null {
  if (view.channel !== 'email') return view.hasSecret ? { channel: view.channel, enabled } : null;
  const settings = emailSettingsSchema.safeParse(view.settings);
  return settings.success ? { channel: 'email', enabled, ...settings.data } : null;
}

function lookOf({ enabled, lastDeliveredAt, lastFailureAt }: AlertChannelView, isSetUp: boolean): StateLook {
  const look = (tone: StateLook['tone'], icon: LucideIcon, word: string): StateLook => ({ tone, icon, word });
  if (!enabled) return look('stopped', CircleOff, isSetUp ? 'Off' : 'Not set up');
  if (lastFailureAt && lastFailureAt.getTime() > (lastDeliveredAt?.getTime() ?? 0)) return look('failed', CircleAlert, 'Failing');
  return look('succeeded', CircleCheck, 'On');
}
