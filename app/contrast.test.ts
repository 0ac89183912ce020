import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';

/** What is written can be read, and what can be pressed can be seen, in both themes: by the figures of WCAG 2.2 (1.4.3, 1.4.11). */
const TEXT = 4.5;
const CONTROL = 3;

const css = readFileSync(path.resolve('app/globals.css'), 'utf8');
const light = colorsOf(/:root \{([\s\S]*?)\n\}/);
const themes = { light, dark: { ...light, ...colorsOf(/\.dark \{([\s\S]*?)\n\}/) } };

const grounds = ['canvas', 'surface', 'sunken', 'hover', 'rail', 'accent-soft'];
const changed = ['diff-insert', 'diff-insert-gutter', 'diff-delete', 'diff-delete-gutter'];
const names = Object.keys(light);
const states = names.filter((name) => name.startsWith('state-'));
const ansi = names.filter((name) => name.startsWith('ansi-'));

/** What is written, and on what. */
const written: [what: string[], on: string[]][] = [
  [['ink', 'ink-soft', 'ink-faint', 'accent', ...states], grounds],
  [['ink', 'ink-soft'], ['raised', ...changed]],
  [['on-accent'], ['accent', 'accent-hover']],
  [ansi, ['canvas', 'surface', 'sunken']],
  // The colours of code in a diff.
  [['white', 'green', 'magenta', 'yellow', 'blue', 'cyan', 'red'].map((name) => `ansi-${name}`), changed],
  [['surface'], ['state-needs-you']],
];

function colorsOf(block: RegExp): Record<string, string> {
  const lines = block.exec(css)?.[1] ?? '';
  return Object.fromEntries([...lines.matchAll(/--([\w-]+): (#[0-9a-f]{6});/g)].map(([, name, color]) => [name ?? '', color ?? '']));
}

function luminance(color: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => Number.parseInt(color.slice(at, at + 2), 16) / 255).map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one: string, other: string): number {
  const [dark = 0, bright = 0] = [luminance(one), luminance(other)].toSorted((a, b) => a - b);
  return (bright + 0.05) / (dark + 0.05);
}

/** The pairs that are below the least contrast, with their figure. */
function tooFaint(colors: Record<string, string>, pairs: [string[], string[]][], least: number): string[] {
  return pairs
    .flatMap(([what, on]) => what.flatMap((one) => on.map((other) => ({ pair: `${one} on ${other}`, figure: contrast(colors[one] ?? '', colors[other] ?? '') }))))
    .filter(({ figure }) => !(figure >= least))
    .map(({ pair, figure }) => `${pair}: ${figure.toFixed(2)}`);
}

describe.each(Object.entries(themes))('the colours of the %s theme', (_name, colors) => {
  it('let everything be read', () => {
    expect(tooFaint(colors, written, TEXT)).toEqual([]);
  });

  it('let the edges of fields, the ring of the focus and the marks of states be seen', () => {
    expect(tooFaint(colors, [[['control', 'accent', ...states], grounds]], CONTROL)).toEqual([]);
  });
});

it('reckons as WCAG does', () => {
  expect(contrast('#000000', '#ffffff')).toBe(21);
  expect(contrast('#777777', '#ffffff')).toBeCloseTo(4.48, 2);
  expect(Object.keys(themes.dark)).toEqual(names);
  expect(names.length).toBeGreaterThan(40);
});
