import type { Page } from 'playwright-core';

const interactive = new Set(['button', 'link', 'textbox', 'combobox', 'radio', 'checkbox', 'tab', 'menuitem', 'menuitemradio', 'searchbox', 'listbox', 'switch']);

interface AccessibilityNode {
  ignored: boolean;
  role?: { value: string };
  name?: { value: string };
  backendDOMNodeId?: number;
}

/** What can be pressed or filled in on the page and has no name, by the browser's own reckoning (what a screen reader is told). */
export async function namelessControls(page: Page): Promise<string[]> {
  const session = await page.context().newCDPSession(page);
  try {
    const { nodes } = (await session.send('Accessibility.getFullAXTree')) as { nodes: AccessibilityNode[] };
    const controls = nodes.filter((node) => !node.ignored && interactive.has(node.role?.value ?? ''));
    return controls.filter((node) => !node.name?.value.trim()).map((node) => `${node.role?.value} (node ${node.backendDOMNodeId})`);
  } finally {
    await session.detach();
  }
}

/** By how many pixels the page is wider than the screen, and what sticks out. Zero when it can only be scrolled up and down. */
export function sidewaysOverflow(page: Page): Promise<{ pixels: number; by: string[] }> {
  return page.evaluate(() => {
    const root = document.documentElement;
    const pixels = Math.max(root.scrollWidth, document.body.scrollWidth) - root.clientWidth;
    const wide = [...document.body.querySelectorAll('*')].filter((element) => element.getBoundingClientRect().right > root.clientWidth + 1);
    return { pixels, by: pixels > 0 ? wide.slice(-3).map((element) => element.outerHTML.slice(0, 160)) : [] };
  });
}

/** Lightness (0 black … 1 white) of the page's ground and of its writing. */
export function lightness(page: Page): Promise<{ ground: number; writing: number }> {
  return page.evaluate(() => {
    const style = getComputedStyle(document.body);
    const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
    if (!canvas) throw new Error('no canvas');
    const of = (color: string) => {
      canvas.fillStyle = color;
      canvas.fillRect(0, 0, 1, 1);
      const [red = 0, green = 0, blue = 0] = canvas.getImageData(0, 0, 1, 1).data;
      return (0.2126 * red + 0.7152 * green + 0.0722 * blue) / 255;
    };
    return { ground: of(style.backgroundColor), writing: of(style.color) };
  });
}

/** Records every state that the live log shows on this page from now on, also after a reload; `states()` tells them, without repeats. */
export async function recordLogStates(page: Page): Promise<{ states: () => Promise<string[]> }> {
  await page.addInitScript(() => {
    const seen: string[] = [];
    Object.assign(window, { logStatesSeen: seen });
    const look = () => {
      const state = document.querySelector('[data-log-state]')?.getAttribute('data-log-state');
      if (state && seen.at(-1) !== state) seen.push(state);
    };
    new MutationObserver(look).observe(document, { subtree: true, childList: true, attributes: true, attributeFilter: ['data-log-state'] });
  });
  return { states: () => page.evaluate(() => (window as unknown as { logStatesSeen: string[] }).logStatesSeen) };
}
