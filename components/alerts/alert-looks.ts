import { CircleAlert, Info, TriangleAlert, type LucideIcon } from 'lucide-react';
import type { AlertChannel, AlertSeverity } from '@/contract/alert';

export const severityLooks: Record<AlertSeverity, { icon: LucideIcon; color: string; word: string }> = {
  info: { icon: Info, color: 'text-ink-soft', word: 'Note' },
  warning: { icon: TriangleAlert, color: 'text-state-needs-you', word: 'Warning' },
  error: { icon: CircleAlert, color: 'text-state-failed', word: 'Error' },
};

export const channelNames: Record<AlertChannel, string> = { slack: 'Slack', email: 'E-mail', sentry: 'Sentry' };
