import axe from 'axe-core';
import type { Page } from 'playwright-core';

/** What a reader of the failure needs: which rule, what it is about, and the element. */
interface Violation {
  rule: string;
  help: string;
  elements: string[];
}

/** The two screens that differ in everything: what stands beside or below what, and all colours. */
const screens = [
  { name: 'desk, light', size: { width: 1280, height: 800 }, colorScheme: 'light', shown: 'html:not(.dark)' },
  { name: 'phone, dark', size: { width: 390, height: 844 }, colorScheme: 'dark', shown: 'html.dark' },
] as const;

/** What WCAG 2.2 demands at the levels A and AA; the rest of axe's rules are its makers' advice, and of less than serious weight. */
const levels = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];

/**
 * Judges the page as it stands by the rules of axe, on a desk in the light and on a phone in the dark. Returns what is serious or critical, by the screen it was
 * found on. Leaves the page light and on a desk.
 */
export async function seriousViolations(page: Page): Promise<Record<string, Violation[]>> {
  const found: Record<string, Violation[]> = {};
  for (const { name, size, colorScheme, shown } of screens) {
    await page.setViewportSize(size);
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await page.locator(shown).waitFor();
    await settled(page);
    const violations = await judge(page);
    if (violations.length > 0) found[name] = violations;
  }
  await page.emulateMedia({ colorScheme: 'light' });
  await page.setViewportSize(screens[0].size);
  return found;
}

/** Nothing is a place holder any more, and two frames have been drawn since. */
export async function settled(page: Page): Promise<void> {
  await page.locator('#content span.animate-pulse.bg-sunken').filter({ visible: true }).first().waitFor({ state: 'detached' });
  await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
}

async function judge(page: Page): Promise<Violation[]> {
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(axe.source);
  const { violations } = await page.evaluate(
    // What the style sheets say about turned screens would be fetched again, which the page's policy has an opinion on.
    (tags) => (window as unknown as { axe: typeof axe }).axe.run(document, { resultTypes: ['violations'], preload: false, runOnly: { type: 'tag', values: tags } }),
    levels,
  );
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, help, nodes }) => ({ rule: id, help, elements: nodes.slice(0, 5).map(({ target, html, failureSummary }) => `${target.join(' ')} | ${html.slice(0, 160)} | ${(failureSummary ?? '').replaceAll(/\s+/g, ' ').slice(0, 240)}`) }));
}
