import { stripVTControlCharacters } from 'node:util';
import type { MaskedText } from '@/contract/masked-text';
import { maskTokens } from '@/server/secrets/masked-text';

/**
 * Text as it is stored and sent: tokens are masked, and what a terminal or a reader would take for more than text (colour codes,
 * control characters, marks that turn the direction of writing) is gone. Line ends and tabs stay.
 */
export function alertText(text: string): MaskedText {
  const plain = stripVTControlCharacters(text.replaceAll('\r\n', '\n')).replace(controls, '');
  return maskTokens(plain);
}

/** The same in one line, as a subject or a heading has it. */
export function alertLine(text: string): MaskedText {
  return alertText(text.replace(/\s+/g, ' ').trim());
}

// oxlint-disable-next-line no-control-regex -- these are what is looked for
const controls = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g;

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** Slack reads `<…>` as links and mentions, whatever the kind of text; the rest of its marks mean nothing in plain text. */
export function escapeSlack(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
