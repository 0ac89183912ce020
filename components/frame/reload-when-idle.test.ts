import { expect, it, vi } from 'vitest';
import { mayReload, reloadOnce, type PageState } from '@/components/frame/reload-when-idle';
import { TypedText } from '@/components/frame/typed-text';

const idle: PageState = { hasTypedText: false, hasCursor: false, isInDialog: false, isBusy: false, isVisible: true, idleMs: 10_000 };

it.each<[string, Partial<PageState>, boolean]>([
  ['nobody does anything', {}, true],
  ['somebody has just clicked', { idleMs: 500 }, false],
  ['something typed stands there', { hasTypedText: true }, false],
  ['something typed stands there, in a tab that nobody sees', { hasTypedText: true, isVisible: false }, false],
  ['the cursor is in a field or terminal', { hasCursor: true }, false],
  ['nobody sees the tab, wherever its cursor is', { hasCursor: true, isVisible: false, idleMs: 500 }, true],
  ['a dialog is open', { isInDialog: true, isVisible: false }, false],
  ['an answer is awaited', { isBusy: true, isVisible: false }, false],
])('an outdated page loads again by itself or not: %s', (_what, state, may) => {
  expect(mayReload({ ...idle, ...state })).toBe(may);
});

it('never loads again and again: once per build, and not at all where that cannot be remembered', () => {
  const kept = new Map<string, string>();
  const reload = vi.fn<() => void>();
  const storage = { getItem: (name: string) => kept.get(name) ?? null, setItem: (name: string, value: string) => void kept.set(name, value) };
  expect([reloadOnce(storage, reload), reloadOnce(storage, reload)]).toEqual([true, false]);
  expect(reload).toHaveBeenCalledTimes(1);
  const forbidden = () => {
    throw new Error('forbidden');
  };
  expect(reloadOnce({ getItem: forbidden, setItem: forbidden }, reload)).toBe(false);
  expect(reload).toHaveBeenCalledTimes(1);
});

it('what was typed counts while it stands there, and choices and terminals do not', () => {
  const field = (more: object) => ({ isConnected: true, textContent: null, value: 'x', type: 'text', ...more });
  const typed = new TypedText();
  for (const other of [field({ type: 'checkbox', value: 'on' }), field({ type: 'textarea', className: 'xterm-helper-textarea' })]) typed.note(other);
  expect(typed.isThere).toBe(false);
  const prompt = field({ type: 'textarea' });
  const title = field({ type: undefined, value: undefined, textContent: 'a name' });
  for (const each of [prompt, title]) typed.note(each);
  expect(typed.isThere).toBe(true);
  prompt.value = ' ';
  expect(typed.isThere).toBe(true);
  title.isConnected = false;
  expect(typed.isThere).toBe(false);
});
