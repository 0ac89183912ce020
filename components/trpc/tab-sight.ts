/** A glance at another tab is no reason to give anything up. */
const HIDDEN_MS = 10_000;

/** Whether somebody sees this tab. While nobody does: `needed` in the one tab of the browser that goes on with what is needed even then, `away` in all others. */
export type Sight = 'seen' | 'needed' | 'away';

/**
 * Tells how this tab is seen, whenever that changes, until the returned function is called; at first it is seen. A browser makes six connections to one origin over HTTP/1.1, and
 * tabs that nobody sees must not use them up: so of all of them one goes on, the one that holds a lock of the browser.
 */
export function watchTabSight(onChange: (sight: Sight) => void): () => void {
  const end = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isAway = false;
  let goesOn = !('locks' in navigator); // plain http from another machine has no locks, and nothing either that would be needed
  const look = () => {
    clearTimeout(timer);
    if (document.visibilityState === 'hidden') timer = setTimeout(leave, HIDDEN_MS);
    else if (isAway) {
      isAway = false;
      onChange('seen');
    }
  };
  const leave = () => {
    isAway = true;
    onChange(goesOn ? 'needed' : 'away');
  };
  document.addEventListener('visibilitychange', look);
  look();
  if (!goesOn) {
    holdLock(end.signal, () => {
      goesOn = true;
      if (isAway) onChange('needed');
    });
  }
  return () => {
    clearTimeout(timer);
    document.removeEventListener('visibilitychange', look);
    end.abort();
  };
}

/** Waits for the lock that one tab of the browser can hold, and holds it until the signal fires or the tab is closed. */
function holdLock(signal: AbortSignal, onHeld: () => void): void {
  const held = async () => {
    onHeld();
    await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
  };
  navigator.locks.request('anyon-hidden-tab', { signal }, held).catch(() => undefined); // it was given up while it waited
}
