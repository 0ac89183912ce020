import axe from 'axe-core';
import type { Page } from 'playwright-core';

/** What a reader of the failure needs: which rule, what it is about, and the element. */
interface Violation {
  rule: string;
  help: string;
  elements: string[];
}

const screens = [
  { name: 'desk', size: { width: 1280, height: 800 } },
  { name: 'phone', size: { width: 390, height: 844 } },
];

/**
 * Judges the page as it stands by the rules of axe, on a desk and a phone, in light and in dark; what a dark page has of its own is its contrast. Returns what is
 * serious or critical, by the screen it was found on. Leaves the page light and on a desk.
 */
export async function seriousViolations(page: Page): Promise<Record<string, Violation[]>> {
  const found: Record<string, Violation[]> = {};
  for (const { name, size } of screens) {
    await page.setViewportSize(size);
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      await page.locator(colorScheme === 'dark' ? 'html.dark' : 'html:not(.dark)').waitFor();
      await settled(page);
      const violations = await judge(page, colorScheme === 'dark' ? ['color-contrast'] : null);
      if (violations.length > 0) found[`${name}, ${colorScheme}`] = violations;
    }
  }
  await page.emulateMedia({ colorScheme: 'light' });
  await page.setViewportSize({ width: 1280, height: 800 });
  return found;
}

/** Nothing is a place holder any more, and two frames have been drawn since. */
export async function settled(page: Page): Promise<void> {
  await page.locator('#content span.animate-pulse.bg-sunken').filter({ visible: true }).first().waitFor({ state: 'detached' });
  await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
}

async function judge(page: Page, rules: string[] | null): Promise<Violation[]> {
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(axe.source);
  const { violations } = await page.evaluate(
    // What the style sheets say about turned screens would be fetched again, which the page's policy has an opinion on.
    (only) => (window as unknown as { axe: typeof axe }).axe.run(document, { resultTypes: ['violations'], preload: false, ...(only && { runOnly: { type: 'rule', values: only } }) }),
    rules,
  );
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, help, nodes }) => ({ rule: id, help, elements: nodes.slice(0, 5).map(({ target, html, failureSummary }) => `${target.join(' ')} | ${html.slice(0, 160)} | ${(failureSummary ?? '').replaceAll(/\s+/g, ' ').slice(0, 240)}`) }));
}
