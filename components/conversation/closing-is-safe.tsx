'use client';

import { X } from 'lucide-react';
import { useEffect, useState } from 'react';
import { IconButton } from '@/components/ui/button';

const NAME = 'anyon closing is safe';

/** Says once, to each person in each browser, that the run does not need the page. */
export function ClosingIsSafe() {
  const [shown, setShown] = useState(false);
  useEffect(() => setShown(localStorage.getItem(NAME) === null), []);
  if (!shown) return null;
  const dismiss = () => {
    localStorage.setItem(NAME, 'said');
    setShown(false);
  };
  return (
    <p role="status" className="flex shrink-0 items-center gap-2 rounded-lg border border-line bg-surface px-3 py-1 text-xs text-ink-soft">
      <span className="flex-1">You can close this page: the run goes on, and everything is here when you come back.</span>
      <IconButton label="Do not say this again" onClick={dismiss}>
        <X aria-hidden />
      </IconButton>
    </p>
  );
}
