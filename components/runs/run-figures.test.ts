import { expect, test } from 'vitest';
import { formatBytes, formatCost, formatTokens, promptTitle } from '@/components/runs/run-figures';
import { formatAge, formatDuration } from '@/components/ui/durations';

test('durations have two units at most', () => {
  expect([0, -5, 999, 65_000, 3_780_000, 100 * 3_600_000].map(formatDuration)).toEqual(['0s', '0s', '0s', '1m 05s', '1h 03m', '4d 4h']);
});

test('ages grow coarser', () => {
  const now = Date.UTC(2030, 0, 1);
  expect([0, 30, 300, 7200, 200_000].map((seconds) => formatAge(new Date(now - seconds * 1000), now))).toEqual(['just now', '30s ago', '5m ago', '2h ago', '2d ago']);
});

test('figures are short', () => {
  expect([999, 1200, 34_000, 134_000, 1_500_000].map(formatTokens)).toEqual(['999', '1.2k', '34k', '134k', '1.5M']);
  expect([null, 0, 0.00123, 0.18, 12].map(formatCost)).toEqual(['–', '$0.00', '$0.0012', '$0.18', '$12.00']);
  expect([0, 1536, 1024 ** 2 * 3.2, 1024 ** 3].map(formatBytes)).toEqual(['0 B', '1.5 KB', '3.2 MB', '1.0 GB']);
});

test('the title of a prompt is its first line with words', () => {
  expect(promptTitle('\n\n  Mend it.  \nMore')).toBe('Mend it.');
});
