/**
 * What came out of a container or from another person may hold sequences that move the cursor, rename the window or answer for the person at the
 * keyboard. On a terminal every control character but line ends and tabs is shown as its picture (␛), as are marks that turn the direction of text.
 */
export function visibleText(text: string): string {
  return text.replace(/\r\n/g, '\n').replace(/[\0-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/g, picture);
}

/** The same for what has to stay on one line. */
export function visibleLine(text: string): string {
  return visibleText(text).replace(/[\n\t]+/g, ' ').trim();
}

function picture(character: string): string {
  const code = character.charCodeAt(0);
  if (code < 0x20) return String.fromCharCode(0x2400 + code);
  return code === 0x7f ? '␡' : '�';
}
