import { emailSettingsSchema, type AlertChannelView } from '@/contract/alert';
import { Fact } from '@/components/ui/fact';
import { RelativeTime } from '@/components/ui/relative-time';

/** Where a channel leads and how it has done lately. Of the secret only its end. */
export function ChannelFacts({ view }: { view: AlertChannelView }) {
  const { lastDeliveredAt, lastFailure, lastFailureAt, waiting, hasSecret, secretLastFour } = view;
  return (
    <dl className="grid gap-x-6 gap-y-2 text-sm sm:grid-cols-[repeat(auto-fit,minmax(11rem,1fr))]">
      <Fact name="Goes to">{destinationOf(view)}</Fact>
      {hasSecret && <Fact name={view.channel === 'email' ? 'Password' : view.channel === 'slack' ? 'Webhook' : 'DSN'}>{secretLastFour ? <>ends in <code className="font-mono">{secretLastFour}</code></> : 'stored'}</Fact>}
      <Fact name="Last delivered">{lastDeliveredAt ? <RelativeTime date={lastDeliveredAt} /> : 'never'}</Fact>
      <Fact name="Waiting">{waiting}</Fact>
      {lastFailure && (
        <div className="col-span-full min-w-0">
          <dt className="text-xs text-ink-faint">Last failure</dt>
          <dd className="[overflow-wrap:anywhere]">
            {lastFailure} {lastFailureAt && <span className="text-ink-faint"><RelativeTime date={lastFailureAt} /></span>}
          </dd>
        </div>
      )}
    </dl>
  );
}

function destinationOf({ channel, settings }: AlertChannelView): string {
  if (channel === 'email') {
    const email = emailSettingsSchema.safeParse(settings);
    return email.success ? `${email.data.to.join(', ')} by ${email.data.host}` : '';
  }
  const { host, projectId } = settings;
  return [typeof host === 'string' ? host : '', typeof projectId === 'string' ? `project ${projectId}` : ''].filter(Boolean).join(', ');
}
