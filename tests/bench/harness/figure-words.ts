import type { Figure } from '@/tests/bench/harness/judgement';
import type { Goal } from '@/tests/bench/row';

/** Three digits that mean something; thousands apart. */
export function numberText(value: number): string {
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : Math.abs(value) >= 1 ? 2 : 3;
  return value.toLocaleString('en-US', { minimumFractionDigits: Number.isInteger(value) ? 0 : digits, maximumFractionDigits: digits });
}

/** `≥ 25 ×`, `≤ 350 MB`; empty where there is none. */
export function goalText(goal: Goal, unit: Figure['unit']): string {
  if (!goal) return '';
  const bound = 'atLeast' in goal ? `≥ ${numberText(goal.atLeast)}` : `≤ ${numberText(goal.atMost)}`;
  return goal.of === 'ratio' ? `${bound} ×` : unit === 'count' ? bound : `${bound} ${unit}`;
}

/** What the figure comes down to: the ratio beside a peer, or the value where the goal is one. */
export function resultText({ product, unit, ratio, goal }: Figure): string {
  if (ratio !== null && goal?.of !== 'value') return `${numberText(ratio)} ×`;
  return unit === 'count' ? numberText(product) : `${numberText(product)} ${unit}`;
}

export function metText({ met }: Figure): string {
  return met === null ? 'no goal' : met ? 'met' : 'missed';
}

/** The heads of a table of figures, and the cells of one. */
export const figureHeads = ['', 'unit', 'Anyon', 'beside', 'before', 'after', 'ratio', 'goal', ''] as const;
export function figureCells(figure: Figure): string[] {
  const { name, unit, product, peer, ratio, goal, note } = figure;
  const sides = peer ? [peer.name, numberText(peer.before), numberText(peer.after)] : ['', '', ''];
  return [note ? `${name} (${note})` : name, unit, numberText(product), ...sides, ratio === null ? '' : `${numberText(ratio)} ×`, goalText(goal, unit), metText(figure)];
}
