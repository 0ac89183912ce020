import { setTimeout as sleep } from 'node:timers/promises';
import type { Page } from 'playwright-core';
import { savedText } from '@/tests/e2e/log-on-page';

/** Well below what a page holds of a log: the newest 16 M characters. */
const EVERY_BYTES = 2_000_000;

/** What the page has received, saved again and again while it watches, for it lets go of what is old. */
export interface PageSaves {
  /** Ends the saving; resolves with all that was saved, in order. */
  end(): Promise<Buffer[]>;
}

/** `written` says how much there is by now. */
export function keepSaving(page: Page, written: () => number): PageSaves {
  const saves: Buffer[] = [];
  let ending = false;
  const work = (async () => {
    for (let at = 0; !ending; await sleep(250)) {
      if (written() - at < EVERY_BYTES) continue;
      at = written();
      saves.push(await savedText(page));
    }
  })();
  return {
    end: async () => {
      ending = true;
      await work;
      return saves;
    },
  };
}

/** Null when each save is a piece of the whole as it stands there, none before the one before it, and the last one is its end; else what is wrong. */
export function whatSavesLack(saves: readonly Buffer[], whole: Buffer): string | null {
  let reached = 0;
  for (const [number, save] of saves.entries()) {
    const at = whole.indexOf(save);
    if (at < 0) return `save ${number} (${save.length} bytes) is no piece of what was written`;
    if (at + save.length < reached) return `save ${number} ends before the one before it`;
    reached = at + save.length;
  }
  return reached === whole.length ? null : `the last ${whole.length - reached} bytes are in no save`;
}
