import { readFileSync } from 'node:fs';
import type { Locator, Page } from 'playwright-core';

/** The scrolling part of a run's page that holds the log. */
export function logRegion(page: Page): Locator {
  return page.getByRole('region', { name: 'Run output' });
}

/** Everything of the standard output that the page has received, by its own button. */
export async function savedText(page: Page): Promise<Buffer> {
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Save what this page has received' }).click()]);
  return readFileSync(await download.path());
}

/** The whole standard output as the server offers it for download. */
export async function downloadedLog(page: Page): Promise<Buffer> {
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: 'Download the whole log' }).click()]);
  return readFileSync(await download.path());
}

/** Number of the newest line (see numbered-lines.ts) that can be seen now; 0 when none can. */
export async function newestLineSeen(page: Page): Promise<number> {
  const text = await logRegion(page).innerText();
  return Math.max(0, ...[...text.matchAll(/line (\d{6})/g)].map((match) => Number(match[1])));
}

/** The first numbered line inside the visible part, and how far below the top of it. */
export function firstLineInView(page: Page): Promise<{ line: string; below: number }> {
  return logRegion(page).evaluate((region) => {
    const top = region.getBoundingClientRect().top;
    for (const row of region.querySelectorAll('[data-index]')) {
      const below = row.getBoundingClientRect().top - top;
      const line = /line \d{6}/.exec(row.textContent ?? '')?.[0];
      if (line && below >= 0) return { line, below: Math.round(below) };
    }
    return { line: '', below: 0 };
  });
}

/** The colours in which numbered lines are shown now. Asked in one go, because rows come and go. */
export function colorsOfLines(page: Page): Promise<string[]> {
  return logRegion(page).evaluate((region) => {
    const lines = [...region.querySelectorAll('span')].filter((span) => /^line \d{6}$/.test(span.textContent ?? ''));
    return [...new Set(lines.map((line) => getComputedStyle(line).color))];
  });
}
