'use client';

import { Check, Copy } from 'lucide-react';
import { useEffect, useState } from 'react';
import { IconButton } from '@/components/ui/button';

/** Copies a text; says so for two seconds. `text` may be a function when it is costly to make. */
export function CopyButton({ text, label, ...rest }: { text: string | (() => string); label: string; className?: string; autoFocus?: boolean }) {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), 2000);
    return () => clearTimeout(timer);
  }, [copied]);

  const copy = async () => {
    await writeClipboard(typeof text === 'function' ? text() : text);
    setCopied(true);
  };
  return (
    <IconButton {...rest} label={copied ? 'Copied' : label} onClick={() => void copy()}>
      {copied ? <Check aria-hidden className="text-state-succeeded" /> : <Copy aria-hidden />}
    </IconButton>
  );
}

/** The clipboard API is missing where the page came over plain http from another machine. */
export async function writeClipboard(text: string): Promise<void> {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const before = document.activeElement;
  const area = document.createElement('textarea');
  area.value = text;
  // What is outside of a dialog that is open can select nothing.
  (document.querySelector('dialog[open]') ?? document.body).append(area);
  area.select();
  document.execCommand('copy');
  area.remove();
  if (before instanceof HTMLElement) before.focus();
}
