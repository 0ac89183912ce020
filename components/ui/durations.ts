/** `8s`, `1m 05s`, `2h 03m`, `3d 4h`: whole seconds, two units at most. Negative times (clocks that differ) count as zero. */
export function formatDuration(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (seconds < 60) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes}m ${pad(seconds % 60)}s`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return `${hours}h ${pad(minutes % 60)}m`;
  return `${Math.floor(hours / 24)}d ${hours % 24}h`;
}

/** `just now`, `12s ago`, `5m ago`, `3h ago`, `2d ago`, then the date. */
export function formatAge(then: Date, now: number): string {
  const seconds = Math.floor((now - then.getTime()) / 1000);
  if (seconds < 5) return 'just now';
  if (seconds < 60) return `${seconds}s ago`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m ago`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)}h ago`;
  if (seconds < 30 * 86_400) return `${Math.floor(seconds / 86_400)}d ago`;
  return then.toLocaleDateString(undefined, { year: 'numeric', month: 'short', day: 'numeric' });
}

const DAY_MS = 86_400_000;

/** `in 5s`, `in 2m 05s`, `in 3d 4h`, `in 90d`; `now` when it has come. */
export function formatUntil(then: Date, now: number): string {
  const ms = then.getTime() - now;
  if (ms >= 10 * DAY_MS) return `in ${Math.round(ms / DAY_MS)}d`;
  return ms <= 0 ? 'now' : `in ${formatDuration(ms + 999)}`;
}

function pad(value: number): string {
  return String(value).padStart(2, '0');
}
