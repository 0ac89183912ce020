'use client';

import { useEffect } from 'react';
import { focusFile } from '@/components/review/changed-files';

/** j and k go to the next file and to the one before, unless somebody is writing or a dialog is open. */
export function useFileKeys(): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const step = event.key === 'j' ? 1 : event.key === 'k' ? -1 : 0;
      if (step === 0 || event.ctrlKey || event.metaKey || event.altKey || isBusy(event.target)) return;
      const files = [...document.querySelectorAll('[data-diff-file]')];
      const present = files.findIndex((file) => file.contains(document.activeElement));
      const next = files[present === -1 ? (step === 1 ? 0 : files.length - 1) : present + step];
      if (!next) return;
      event.preventDefault();
      focusFile(next);
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, []);
}

function isBusy(target: EventTarget | null): boolean {
  return (target instanceof Element && target.closest('input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable=true], .xterm') !== null) || document.querySelector('dialog[open]') !== null;
}
