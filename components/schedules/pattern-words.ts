const days = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];

/** A pattern in words, for those that people choose most; null for all others, which are shown as they are. */
export function patternInWords(pattern: string): string | null {
  const [minute = '', hour = '', dayOfMonth, month, dayOfWeek = ''] = pattern.trim().split(/\s+/);
  if (dayOfMonth !== '*' || month !== '*' || !/^\d{1,2}$/.test(minute)) return null;
  if (hour === '*' && dayOfWeek === '*') return `Every hour at :${minute.padStart(2, '0')}`;
  if (!/^\d{1,2}$/.test(hour)) return null;
  const at = `${hour.padStart(2, '0')}:${minute.padStart(2, '0')}`;
  if (dayOfWeek === '*') return `Every day at ${at}`;
  if (dayOfWeek === '1-5') return `Every weekday at ${at}`;
  const day = /^[0-7]$/.test(dayOfWeek) ? days[Number(dayOfWeek) % 7] : undefined;
  return day ? `Every ${day} at ${at}` : null;
}
