import type { ITheme } from '@xterm/xterm';

const names = ['black', 'red', 'green', 'yellow', 'blue', 'magenta', 'cyan', 'white'] as const;

/** The colours of the page, light or dark, for a terminal. */
export function terminalColors(): ITheme {
  const style = getComputedStyle(document.documentElement);
  const color = (name: string) => style.getPropertyValue(`--${name}`).trim();
  const ansi = names.flatMap((name) => [
    [name, color(`ansi-${name}`)],
    [`bright${name[0]!.toUpperCase()}${name.slice(1)}`, color(`ansi-bright-${name}`)],
  ]);
  return {
    background: color('surface'),
    foreground: color('ink'),
    cursor: color('accent'),
    cursorAccent: color('on-accent'),
    selectionBackground: `${color('accent')}55`,
    scrollbarSliderBackground: `${color('ink-faint')}55`,
    scrollbarSliderHoverBackground: `${color('ink-faint')}88`,
    scrollbarSliderActiveBackground: `${color('ink-faint')}aa`,
    ...Object.fromEntries(ansi),
  };
}
