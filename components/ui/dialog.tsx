'use client';

import { clsx } from 'clsx';
import { X } from 'lucide-react';
import { useId, useLayoutEffect, useRef, useState, type ReactNode } from 'react';
import { IconButton } from '@/components/ui/button';

interface DialogProps {
  open: boolean;
  onClose: () => void;
  title: string;
  wide?: boolean;
  /** What grows and shrinks while one types in it has its head in one place. */
  atTop?: boolean;
  children: ReactNode;
}

/**
 * A modal dialog on the browser's own `<dialog>`: it traps the focus, closes on Escape and gives the focus back.
 * (The library's version locks scrolling by a style element, which the content policy forbids.)
 */
export function Dialog({ open, onClose, title, wide = false, atTop = false, children }: DialogProps) {
  const ref = useRef<HTMLDialogElement>(null);
  const titleId = useId();

  // What stands in it comes when it is on the screen: before, `autoFocus` would be lost to the button that closes it.
  const [shown, setShown] = useState(false);

  useLayoutEffect(() => {
    const dialog = ref.current;
    if (!dialog) return;
    if (open && !dialog.open) dialog.showModal();
    if (!open && dialog.open) dialog.close();
    setShown(open);
  }, [open]);

  return (
    <dialog
      ref={ref}
      aria-labelledby={titleId}
      onClose={() => {
        if (!ref.current?.open) onClose(); // the browser says it late: by then it may have been opened again
      }}
      onClick={(event) => event.target === ref.current && ref.current.close()}
      className={clsx(atTop && 'mt-4 sm:mt-[12dvh]', 'max-h-[calc(100dvh-32px)] overflow-y-auto rounded-xl border border-line bg-surface p-0 text-ink shadow-2xl', wide ? 'w-[min(680px,calc(100vw-32px))]' : 'w-[min(520px,calc(100vw-32px))]')}
    >
      {open && (
        <div className="flex flex-col gap-4 p-5">
          <div className="flex items-start justify-between gap-4">
            <h2 id={titleId} className="text-lg font-semibold [overflow-wrap:anywhere]">
              {title}
            </h2>
            <IconButton label="Close" onClick={() => ref.current?.close()}>
              <X aria-hidden />
            </IconButton>
          </div>
          {shown && children}
        </div>
      )}
    </dialog>
  );
}

/** The buttons at the end of a dialog; in a long form they stay in view. */
export function DialogFooter({ children }: { children: ReactNode }) {
  return <div className="sticky -bottom-5 -mx-5 -mb-5 flex flex-wrap justify-end gap-2 bg-surface px-5 py-4">{children}</div>;
}
