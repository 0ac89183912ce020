/** A glance at another tab is no reason to give anything up. */
const HIDDEN_MS = 10_000;

/**
 * Calls `leave` when the tab has been out of sight for ten seconds, and `back` when it is seen again after that. Returns how to end it.
 * For what holds a connection: a browser makes six to one origin over HTTP/1.1, and tabs that nobody sees must not use them up.
 */
export function whileHidden(leave: () => void, back: () => void): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let away = false;
  const look = () => {
    clearTimeout(timer);
    if (document.visibilityState === 'hidden') {
      timer = setTimeout(() => {
        away = true;
        leave();
      }, HIDDEN_MS);
    } else if (away) {
      away = false;
      back();
    }
  };
  document.addEventListener('visibilitychange', look);
  return () => {
    clearTimeout(timer);
    document.removeEventListener('visibilitychange', look);
  };
}
