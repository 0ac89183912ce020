'use client';

import { useQueryClient, type QueryClient } from '@tanstack/react-query';
import { Sparkles } from 'lucide-react';
import { useEffect, useRef } from 'react';
import { mayReload, reloadOnce } from '@/components/frame/reload-when-idle';
import { TypedText } from '@/components/frame/typed-text';
import { useIsOutdated } from '@/components/trpc/server-build';
import { useServerReach } from '@/components/trpc/server-reach';
import { Button } from '@/components/ui/button';

const LOOK_MS = 1_000;
/** The browser's own dialog has its role without saying so. */
const OPEN = 'dialog[open], [role=dialog], [role=alertdialog], [role=menu], [role=listbox]';
const WRITABLE = 'input, textarea, select, [contenteditable=true]';
const ACTS = ['keydown', 'pointerdown', 'wheel', 'touchmove'] as const;

/**
 * After an upgrade: says that this tab is older than its server. Where nobody would lose anything by it the page loads again by itself;
 * elsewhere it waits to be told, for as long as it takes.
 */
export function NewerBuildNotice() {
  const isOutdated = useIsOutdated();
  const reach = useServerReach();
  useReloadWhenIdle(isOutdated && reach === 'there');
  if (!isOutdated || reach !== 'there') return null;
  return (
    <div role="status" className="fixed top-2 left-1/2 z-40 flex w-max max-w-[calc(100vw-16px)] -translate-x-1/2 items-center gap-2 rounded-lg border border-line-strong bg-surface px-4 py-2 text-sm shadow-lg">
      <Sparkles aria-hidden className="size-4 shrink-0 text-accent" />
      <span>A newer Anyon is running. This page is of the one before: reload it when you have finished here.</span>
      <Button size="small" onClick={() => location.reload()}>
        Reload
      </Button>
    </div>
  );
}

/** What was typed is noted from the start, for it may be older than the upgrade. */
function useReloadWhenIdle(isWanted: boolean): void {
  const queryClient = useQueryClient();
  const typed = useRef(new TypedText());
  const lastAct = useRef(0);
  useEffect(() => {
    const end = new AbortController();
    const options = { capture: true, passive: true, signal: end.signal };
    document.addEventListener('input', ({ target }) => target instanceof HTMLElement && typed.current.note(target), options);
    for (const name of ACTS) document.addEventListener(name, () => (lastAct.current = performance.now()), options);
    return () => end.abort();
  }, []);
  useEffect(() => {
    if (!isWanted) return;
    const timer = setInterval(() => {
      const state = { ...pageState(queryClient), hasTypedText: typed.current.isThere, idleMs: performance.now() - lastAct.current };
      if (mayReload(state)) reloadOnce(sessionStorage, () => location.reload());
    }, LOOK_MS);
    return () => clearInterval(timer);
  }, [isWanted, queryClient]);
}

function pageState(queryClient: QueryClient) {
  return {
    hasCursor: document.hasFocus() && document.activeElement?.matches(WRITABLE) === true,
    isInDialog: document.querySelector(OPEN) !== null,
    isBusy: queryClient.isMutating() > 0,
    isVisible: document.visibilityState === 'visible',
  };
}
