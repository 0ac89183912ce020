import { BUILD } from '@/contract/build';

/** What speaks against loading a page again without being asked. */
export interface PageState {
  /** Something typed stands in a field. */
  hasTypedText: boolean;
  /** The cursor is in a field or a terminal: the next key is meant for it. */
  hasCursor: boolean;
  /** A dialog or menu is open. */
  isInDialog: boolean;
  /** Something that was asked of the server is not answered yet. */
  isBusy: boolean;
  isVisible: boolean;
  /** Since the last key, click or scroll. */
  idleMs: number;
}

/** Somebody who did nothing for so long is not in the middle of something. */
const IDLE_MS = 4_000;
const MARK = 'anyon.reloaded-from';

/** Whether nobody loses anything by it. A tab that nobody sees keeps only what was typed and what is open in it. */
export function mayReload({ hasTypedText, hasCursor, isInDialog, isBusy, isVisible, idleMs }: PageState): boolean {
  if (hasTypedText || isInDialog || isBusy) return false;
  return !isVisible || (!hasCursor && idleMs >= IDLE_MS);
}

/** Loads the page again, once per build: if that brings the same build again, asking for more would never end. False when it was done before. */
export function reloadOnce(storage: Pick<Storage, 'getItem' | 'setItem'>, reload: () => void): boolean {
  try {
    if (storage.getItem(MARK) === BUILD) return false;
    storage.setItem(MARK, BUILD);
  } catch {
    return false; // where nothing is kept nobody could count
  }
  reload();
  return true;
}
