/** Sizes as people read them: powers of 1024, at most three digits that matter. */

const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const;

export const GIB = 1024 ** 3;

/** `512 MiB`, `1.5 GiB`, `12 GiB`. */
export function formatSize(bytes: number): string {
  const { value, unit } = scaled(bytes);
  return `${value} ${unit}`;
}

/** `1.4 of 2 GiB`; a use that would be less than 1 in that unit has one of its own: `300 MiB of 4 GiB`. */
export function formatShare(use: number, of: number): string {
  const power = powerOf(of);
  return powerOf(use) === power ? `${shortNumber(use / 1024 ** power)} of ${formatSize(of)}` : `${formatSize(use)} of ${formatSize(of)}`;
}

/** `12 KiB/s`. */
export function formatRate(bytesPerSecond: number): string {
  return `${formatSize(bytesPerSecond)}/s`;
}

/** Cores: `0.02`, `0.4`, `1.5`, `12`. */
export function formatCpus(cpus: number): string {
  if (cpus < 0.005) return '0';
  return cpus < 0.1 ? cpus.toFixed(2) : shortNumber(cpus);
}

/** `1 workspace`, `3 workspaces`. */
export function count(number: number, one: string, many = `${one}s`): string {
  return `${number.toLocaleString('en')} ${number === 1 ? one : many}`;
}

function scaled(bytes: number): { value: string; unit: (typeof units)[number] } {
  const power = powerOf(bytes);
  return { value: shortNumber(bytes / 1024 ** power), unit: units[power] ?? 'B' };
}

/** 1,000 of a unit are shown in the next one, so that no number has four digits. */
function powerOf(bytes: number): number {
  let power = 0;
  while (power < units.length - 1 && bytes / 1024 ** power >= 999.5) power += 1;
  return power;
}

function shortNumber(value: number): string {
  return value < 9.95 ? String(Number(value.toFixed(1))) : Math.round(value).toLocaleString('en');
}
