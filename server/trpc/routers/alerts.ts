import { alertChannelInput, alertIdInput, alertSettingsSchema, setAlertChannelInput } from '@/contract/alert';
import { countUnreadAlerts, listAlerts, listSentAlerts, markAlertRead, markAllAlertsRead } from '@/server/alerts/alert-queries';
import { readAlertSettings, setAlertSettings } from '@/server/alerts/alert-settings';
import { listBanners } from '@/server/alerts/banners';
import { listAlertChannels } from '@/server/alerts/channels/channel-views';
import { setAlertChannel } from '@/server/alerts/channels/set-channel';
import { testChannel } from '@/server/alerts/channels/test-channel';
import { procedure, router } from '@/server/trpc/init';

export const alertsRouter = router({
  list: procedure.member.query(({ ctx }) => listAlerts(ctx.actor)),
  unread: procedure.member.query(({ ctx }) => countUnreadAlerts(ctx.actor)),
  markRead: procedure.member.input(alertIdInput).mutation(({ ctx, input }) => markAlertRead(ctx.actor, input.alertId)),
  markAllRead: procedure.member.mutation(({ ctx }) => markAllAlertsRead(ctx.actor)),
  /** What stands above every page. */
  banners: procedure.member.query(({ ctx }) => listBanners(ctx.actor)),
  /** The latest alerts of everybody, with what was sent about them. */
  sent: procedure.admin.query(() => listSentAlerts()),
  channels: procedure.admin.query(() => listAlertChannels()),
  setChannel: procedure.admin.input(setAlertChannelInput).mutation(({ ctx, input }) => setAlertChannel(ctx.actor, input)),
  /** Sends a message now and says what came of it. */
  testChannel: procedure.admin.input(alertChannelInput).mutation(({ ctx, input }) => testChannel(ctx.actor, input.channel)),
  settings: procedure.admin.query(() => readAlertSettings()),
  setSettings: procedure.admin.input(alertSettingsSchema).mutation(({ ctx, input }) => setAlertSettings(ctx.actor, input)),
});
