import { AnsiHtml } from 'fancy-ansi/react';

/** Text with its terminal colours. The library escapes everything but the colours; text without any is left to React. */
export function AnsiText({ text }: { text: string }) {
  const shown = text.endsWith('\r') ? text.slice(0, -1) : text;
  return shown.includes('\u001b') ? <AnsiHtml text={shown} /> : shown;
}
