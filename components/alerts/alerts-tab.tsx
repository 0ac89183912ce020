'use client';

import { useQuery } from '@tanstack/react-query';
import { AlertSettingsForm } from '@/components/alerts/alert-settings-form';
import { ChannelCard } from '@/components/alerts/channel-card';
import { SentAlerts } from '@/components/alerts/sent-alerts';
import { Loaded } from '@/components/trpc/loaded';
import { useTRPC } from '@/components/trpc/trpc';
import { Section } from '@/components/ui/section';

/** How often what is sent meanwhile is looked at. */
const LOOK_MS = 5_000;

/** Where alerts go besides the bell, when, and what became of the latest ones. For administrators. */
export function AlertsTab() {
  const trpc = useTRPC();
  const channels = useQuery(trpc.alerts.channels.queryOptions(undefined, { refetchInterval: LOOK_MS }));
  const settings = useQuery(trpc.alerts.settings.queryOptions());
  const sent = useQuery(trpc.alerts.sent.queryOptions(undefined, { refetchInterval: LOOK_MS }));
  return (
    <div className="flex flex-col gap-6 pt-4">
      <Section title="Channels" note="Every alert stands behind the bell. Through these it also reaches people who are not looking.">
        <Loaded query={channels} height="h-72">
          {(views) => (
            <div className="flex flex-col gap-3">
              {views.map((view) => (
                <ChannelCard key={view.channel} view={view} />
              ))}
            </div>
          )}
        </Loaded>
      </Section>
      <Section title="When" note="For all channels.">
        <Loaded query={settings} height="h-40">
          {(data) => <AlertSettingsForm settings={data} />}
        </Loaded>
      </Section>
      <Section title="Latest alerts" note="Of everybody, with what was sent about each.">
        <Loaded query={sent} height="h-40">
          {(list) => <SentAlerts list={list} />}
        </Loaded>
      </Section>
    </div>
  );
}
