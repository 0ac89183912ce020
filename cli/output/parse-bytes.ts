import { InvalidArgumentError } from 'commander';

const units: Record<string, number> = { '': 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3, t: 1024 ** 4 };

/** `512m`, `4g`, `4GiB`, `1.5g` or bytes, as people write sizes. */
export function parseBytes(text: string): number {
  const match = /^(\d{1,15}(?:\.\d{1,3})?)\s*([kmgt]?)(?:i?b)?$/i.exec(text.trim());
  if (!match) throw new InvalidArgumentError('A size looks like 512m or 4g.');
  return Math.round(Number(match[1]) * (units[(match[2] ?? '').toLowerCase()] ?? 1));
}
