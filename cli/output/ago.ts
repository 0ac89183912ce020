const STEPS: readonly (readonly [seconds: number, unit: string])[] = [
  [86_400, 'd'],
  [3_600, 'h'],
  [60, 'min'],
];

/** `3 min ago`; moments of less than a minute are `just now`. */
export function ago(when: string | null, now = Date.now()): string {
  if (when === null) return '–';
  const seconds = Math.floor((now - Date.parse(when)) / 1000);
  const step = STEPS.find(([size]) => seconds >= size);
  return step ? `${Math.floor(seconds / step[0])} ${step[1]} ago` : 'just now';
}
